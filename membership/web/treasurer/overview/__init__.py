"""The overview: how the dues year stands, what is to do today, what happened last. Source: `ux.md` 6.2."""

from membership.web.treasurer.overview.page import blueprint

__all__ = ["blueprint"]
