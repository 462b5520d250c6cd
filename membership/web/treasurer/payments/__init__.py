"""Payments: the list, recording one, one payment with what it settles, taking one back."""

from membership.web.treasurer.payments import detail, listing, recording
from membership.web.treasurer.payments.blueprint import blueprint

__all__ = ["blueprint", "detail", "listing", "recording"]
