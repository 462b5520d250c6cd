"""Direct debits: collections in guided steps, and mandates."""

from membership.web.treasurer.direct_debits import changing, collecting, mandates
from membership.web.treasurer.direct_debits.blueprint import blueprint

__all__ = ["blueprint", "changing", "collecting", "mandates"]
