"""Payments over the internet: starting, following what the provider says, receiving its events, payouts.

Nothing here asks the provider: `jobs/online_payments.py` does that between two units of work.
"""

from membership.services.online_payments.following import Followed, follow, follow_fees
from membership.services.online_payments.forgetting import forget_old, forget_person
from membership.services.online_payments.payouts import book_payout, keep_payout, unbook_payout
from membership.services.online_payments.receiving import (
    claim_event,
    close_event,
    count_refused,
    keep_message,
    kept_sentence,
    note_difference,
    put_off_event,
    settle_covered,
    settle_look,
    work_again,
)
from membership.services.online_payments.starting import (
    AttemptInTheWay,
    note_asked,
    note_lost,
    note_page,
    note_refused,
    offer_of,
    renew_key,
    start_attempt,
)

__all__ = [
    "AttemptInTheWay",
    "Followed",
    "book_payout",
    "claim_event",
    "close_event",
    "count_refused",
    "follow",
    "follow_fees",
    "forget_old",
    "forget_person",
    "keep_message",
    "keep_payout",
    "kept_sentence",
    "note_asked",
    "note_difference",
    "note_lost",
    "note_page",
    "note_refused",
    "offer_of",
    "put_off_event",
    "renew_key",
    "settle_covered",
    "settle_look",
    "start_attempt",
    "unbook_payout",
    "work_again",
]
