"""Sending: the sendings and what they wait for, check pages of a run and of an invoice, letters on paper."""

from membership.web.treasurer.dispatch import checking, deciding, letters, listing
from membership.web.treasurer.dispatch.blueprint import blueprint

__all__ = ["blueprint", "checking", "deciding", "letters", "listing"]
