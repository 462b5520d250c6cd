"""The yearly declarations: opening a round, how it stands, one member's request, and what is decided."""

from membership.web.treasurer.declarations import deciding, entering, request_page, rounds, status
from membership.web.treasurer.declarations.blueprint import blueprint

__all__ = ["blueprint", "deciding", "entering", "request_page", "rounds", "status"]
