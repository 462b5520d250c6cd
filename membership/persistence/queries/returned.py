"""Addresses from which the last mail came back: the mark of a contact, worked out from what was sent.

A later mail to the same address that did not come back takes the mark away, and so does another address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.domain.dispatch import Channel, DispatchState
from membership.persistence.models.dispatch import Dispatch

_CHUNK: Final = 5000

Returned = Mapping[str, datetime]
"""Address in small letters -> when the last mail to it came back."""


def list_returned(session: Session, member_ids: Sequence[int]) -> dict[int, Returned]:
    """Return member id -> the addresses whose last mail came back."""
    last: dict[int, dict[str, datetime | None]] = {}
    for start in range(0, len(member_ids), _CHUNK):
        statement = (
            select(Dispatch.member_id, Dispatch.recipient, Dispatch.bounced_at)
            .where(
                Dispatch.member_id.in_(list(member_ids[start : start + _CHUNK])),
                Dispatch.channel == Channel.MAIL,
                Dispatch.state == DispatchState.SENT,
            )
            .order_by(Dispatch.id)
        )
        for member_id, recipient, bounced_at in session.execute(statement):
            assert member_id is not None, recipient
            last.setdefault(member_id, {})[recipient.casefold()] = bounced_at
    found = {
        member_id: {address: at for address, at in sent.items() if at is not None}
        for member_id, sent in last.items()
    }
    return {member_id: addresses for member_id, addresses in found.items() if addresses}
