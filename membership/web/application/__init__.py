"""The public pages of an application for membership: the form while it is open, and what stands behind its link."""

from membership.web.application import filling, standing
from membership.web.application.blueprint import blueprint

__all__ = ["blueprint", "filling", "standing"]
