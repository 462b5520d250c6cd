"""Tables as classes; constraints, no rules. A file is a subject."""

from membership.persistence.columns import Base
from membership.persistence.models import (
    billing,
    chain,
    corrections,
    dispatch,
    dues,
    invoicing,
    ledger,
    members,
    operation,
    payments,
    settings,
    users,
)

__all__ = [
    "Base",
    "billing",
    "chain",
    "corrections",
    "dispatch",
    "dues",
    "invoicing",
    "ledger",
    "members",
    "operation",
    "payments",
    "settings",
    "users",
]
