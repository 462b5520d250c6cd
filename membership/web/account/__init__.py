"""Signing in, joining by a code or link, and one's own account."""

from membership.web.account import joining, profile, security, signing_in
from membership.web.account.blueprint import blueprint

__all__ = ["blueprint", "joining", "profile", "security", "signing_in"]
