"""Talking to Stripe: payment pages, what became of them, the balance, and the signatures of its messages.

The only place that knows the library. Every answer becomes one of our own values; every failure is `ProviderAway`
(ask again) or `ProviderRefused` (the question is wrong). Never called inside a transaction.

Source: STR-1 to STR-10; `reliability.md` 5.8, FI-36, FI-37, SEC-69.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, TypeVar, cast
from zoneinfo import ZoneInfo

import stripe
from stripe import StripeClient, StripeError, WebhookSignature

from membership.domain.online_payments.attempts import CURRENCY, Order
from membership.domain.online_payments.events import (
    AnswerKept,
    Message,
    ObjectMissing,
    ProviderAway,
    ProviderRefused,
    Subject,
    WebhookRefused,
)
from membership.domain.online_payments.pictures import Dispute, Movement, Page, Paid, Payout, Refund

T = TypeVar("T")
_CONNECT_SECONDS, _READ_SECONDS = 5.0, 20.0
_OPENS_AFTER: Final = 5
_REST_SECONDS: Final = 30.0
_TOLERANCE_SECONDS: Final = 300
_PAGE: Final = 100
_LONGEST_TITLE: Final = 250
_NOT_NOW: Final = frozenset({401, 403, 409, 429})
_REFUSED: Final = 400
_SERVER: Final = 500
_NOT_FOUND: Final = 404
_NAME: Final = re.compile("[!-~]{1,255}")


class Circuit:
    """Asks nobody for a while after five failures in a row, so that no page waits for what does not come (FI-37)."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._failures, self._shut_until = 0, 0.0

    def check(self) -> None:
        """Raise `ProviderAway` while nobody is asked."""
        with self._lock:
            if self._clock() < self._shut_until:
                raise ProviderAway

    def succeeded(self) -> None:
        """Note an answer."""
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        """Note that no answer came."""
        with self._lock:
            self._failures += 1
            if self._failures >= _OPENS_AFTER:
                self._shut_until = self._clock() + _REST_SECONDS


class StripeProvider:
    """Stripe, with one secret key; `services/ports.py` says what is asked of it."""

    def __init__(
        self,
        key: str,
        *,
        base_url: str,
        time_zone: str,
        timeouts: tuple[float, float] = (_CONNECT_SECONDS, _READ_SECONDS),
    ) -> None:
        self.is_live = "_live_" in key
        self._zone = ZoneInfo(time_zone)
        self._circuit = Circuit()
        self._client = StripeClient(
            key,
            base_addresses={"api": base_url.rstrip("/")},
            http_client=stripe.RequestsClient(timeout=timeouts),
            max_network_retries=0,
        )

    def open_page(self, order: Order) -> Page:
        """Have a payment page made; the same order gives the same page again (STR-6)."""
        return _page(
            self._ask(
                lambda: self._client.v1.checkout.sessions.create(
                    cast("Any", _page_params(order)), options={"idempotency_key": order.key}
                )
            )
        )

    def find_page(self, uid: str, *, since: datetime) -> Page | None:
        """Return the page that was made for an attempt, looked for in the list of all since then."""
        params = {"created": {"gte": int(since.timestamp())}, "limit": _PAGE}
        sessions = self._list(lambda: self._client.v1.checkout.sessions.list(cast("Any", params)))
        found = (_page(each) for each in sessions)
        return next((page for page in found if page.uid == uid), None)

    def end_page(self, page_id: str) -> Page:
        """End a page that is still open, and return what it is then; one that was paid stays paid."""
        try:
            return _page(self._ask(lambda: self._client.v1.checkout.sessions.expire(page_id)))
        except ObjectMissing:
            raise
        except ProviderRefused:
            return self.get_page(page_id)

    def get_page(self, page_id: str) -> Page:
        """Return a page as it is now."""
        return _page(self._ask(lambda: self._client.v1.checkout.sessions.retrieve(page_id)))

    def get_paid(self, intent_id: str) -> Paid:
        """Return a payment as it is now, with refunds and disputes."""
        expand = {"expand": ["latest_charge.balance_transaction"]}
        intent = self._ask(lambda: self._client.v1.payment_intents.retrieve(intent_id, cast("Any", expand)))
        charge = intent.get("latest_charge")
        if not isinstance(charge, dict) or charge.get("status") != "succeeded":
            return self._paid(intent, charge if isinstance(charge, dict) else {}, [], [])
        of_intent = {"payment_intent": intent_id, "limit": _PAGE}
        expanded = {**of_intent, "expand": ["data.failure_balance_transaction"]}
        refunds = list(self._list(lambda: self._client.v1.refunds.list(cast("Any", expanded))))
        disputes = list(self._list(lambda: self._client.v1.disputes.list(cast("Any", of_intent))))
        return self._paid(intent, charge, refunds, disputes)

    def find_intent(self, subject: Subject, object_id: str) -> str:
        """Return the payment intent that an object belongs to; empty when it belongs to none."""
        if subject is Subject.INTENT:
            return object_id
        if subject is Subject.PAGE:
            return self.get_page(object_id).intent_id
        ask: Callable[[], Any] = {
            Subject.CHARGE: lambda: self._client.v1.charges.retrieve(object_id),
            Subject.REFUND: lambda: self._client.v1.refunds.retrieve(object_id),
            Subject.DISPUTE: lambda: self._client.v1.disputes.retrieve(object_id),
        }[subject]
        return _id(self._ask(ask).get("payment_intent"))

    def list_movements(self, since: datetime) -> list[Movement]:
        """Return all movements of the balance since a moment."""
        params = {"created": {"gte": int(since.timestamp())}, "limit": _PAGE}
        return self._movements(params)

    def get_payout(self, payout_id: str) -> Payout:
        """Return a payout with the movements that it consists of."""
        payout = self._ask(lambda: self._client.v1.payouts.retrieve(payout_id))
        return Payout(
            id=str(payout["id"]),
            cents=int(payout["amount"]),
            currency=str(payout["currency"]),
            status=str(payout["status"]),
            arrives_on=self._day(payout["arrival_date"], zone=UTC),
            is_live=bool(payout["livemode"]),
            movements=tuple(self._movements({"payout": payout_id, "limit": _PAGE})),
        )

    def _movements(self, params: Mapping[str, Any]) -> list[Movement]:
        found = self._list(lambda: self._client.v1.balance_transactions.list(cast("Any", dict(params))))
        return [self._movement(each) for each in found]

    def _movement(self, each: Mapping[str, Any]) -> Movement:
        return Movement(
            id=str(each["id"]),
            kind=str(each["type"]),
            source_id=_id(each.get("source")),
            cents=int(each["amount"]),
            fee_cents=int(each["fee"]),
            currency=str(each["currency"]),
            on=self._day(each["created"]),
        )

    def _paid(
        self,
        intent: Mapping[str, Any],
        charge: Mapping[str, Any],
        refunds: Sequence[Mapping[str, Any]],
        disputes: Sequence[Mapping[str, Any]],
    ) -> Paid:
        movement = charge.get("balance_transaction")
        is_charged = charge.get("status") == "succeeded"
        problem = (intent.get("last_payment_error") or {}).get("code") or charge.get("failure_code") or ""
        return Paid(
            intent_id=str(intent["id"]),
            uid=str((intent.get("metadata") or {}).get("attempt", "")),
            status=str(intent["status"]),
            cents=int(charge["amount"] if is_charged else intent["amount"]),
            currency=str(intent["currency"]),
            is_live=bool(intent["livemode"]),
            charge_id=str(charge["id"]) if is_charged else "",
            charged_on=self._day(charge["created"]) if is_charged else None,
            movement=self._movement(movement) if isinstance(movement, dict) else None,
            way=str((charge.get("payment_method_details") or {}).get("type", "")),
            refunds=tuple(self._refund(each) for each in refunds),
            disputes=tuple(self._dispute(each) for each in disputes),
            problem=str(problem),
        )

    def _refund(self, each: Mapping[str, Any]) -> Refund:
        failed = each.get("failure_balance_transaction")
        return Refund(
            id=str(each["id"]),
            cents=int(each["amount"]),
            status=str(each.get("status") or "pending"),
            on=self._day(each["created"]),
            failed_on=self._day(failed["created"]) if isinstance(failed, dict) else None,
        )

    def _dispute(self, each: Mapping[str, Any]) -> Dispute:
        until = (each.get("evidence_details") or {}).get("due_by")
        return Dispute(
            id=str(each["id"]),
            status=str(each["status"]),
            movements=tuple(self._movement(part) for part in each.get("balance_transactions") or ()),
            evidence_until=self._day(until) if until else None,
        )

    def _day(self, seconds: int, *, zone: Any = None) -> date:  # noqa: ANN401 - a zone of either library
        return datetime.fromtimestamp(int(seconds), zone or self._zone).date()

    def _list(self, ask: Callable[[], Any]) -> Iterator[Mapping[str, Any]]:
        page = self._guarded(ask)
        while True:
            for each in page.data:
                yield each.to_dict()
            if not page.has_more:
                return
            page = self._guarded(page.next_page)

    def _ask(self, ask: Callable[[], Any]) -> dict[str, Any]:
        return cast("dict[str, Any]", self._guarded(ask).to_dict())

    def _guarded(self, ask: Callable[[], T]) -> T:
        self._circuit.check()
        try:
            answer = ask()
        except StripeError as error:
            away = _failure_of(error)
            if isinstance(away, ProviderAway):
                self._circuit.failed()
            else:
                self._circuit.succeeded()
            raise away from error
        self._circuit.succeeded()
        return answer


def _failure_of(error: StripeError) -> ProviderAway | ProviderRefused:
    """Return what a failure means: nobody answered, not now, broken inside (kept for the key), or a wrong question.

    A key that is wrong or may not, and an answer nobody can read, say nothing about what was asked: it is asked again.
    """
    status = error.http_status
    if status is None or status in _NOT_NOW or status < _REFUSED:
        return ProviderAway()
    if status >= _SERVER:
        return AnswerKept()
    # Stripe's own words may name the key; its code does not.
    why = error.code or f"HTTP {status}"
    return ObjectMissing(why=why) if status == _NOT_FOUND else ProviderRefused(why=why)


def _page_params(order: Order) -> dict[str, Any]:
    marks = {"attempt": order.uid, "invoices": ", ".join(order.documents)[:500], "member": order.member}
    params: dict[str, Any] = {
        "mode": "payment",
        "payment_method_types": [str(order.way)],
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": CURRENCY,
                    "unit_amount": order.cents,
                    "product_data": {"name": order.title[:_LONGEST_TITLE]},
                },
            }
        ],
        "client_reference_id": ", ".join(order.documents)[:200],
        "metadata": marks,
        "payment_intent_data": {"metadata": marks, "description": order.title[:_LONGEST_TITLE]},
        "success_url": order.back,
        "cancel_url": f"{order.back}?left=1",
        "expires_at": int(order.expires_at.timestamp()),
        "locale": order.language,
    }
    return params | ({"customer_email": order.email} if order.email else {})


def _page(session: Mapping[str, Any]) -> Page:
    return Page(
        id=str(session["id"]),
        status=str(session["status"]),
        payment_status=str(session["payment_status"]),
        intent_id=_id(session.get("payment_intent")),
        uid=str((session.get("metadata") or {}).get("attempt", "")),
        url=str(session.get("url") or ""),
        expires_at=datetime.fromtimestamp(int(session["expires_at"]), UTC),
    )


def _id(value: object) -> str:
    """Return the id of an object that is named or, expanded, there itself."""
    return str(value["id"]) if isinstance(value, dict) else str(value or "")


def read_message(body: bytes, signature: str, secrets: Sequence[str], *, now: datetime) -> Message:
    """Return the event of a signed message; raise `WebhookRefused` for what is not signed with one of the secrets.

    The signature covers the bytes as they came; its time must lie within five minutes of now, before or after.
    """
    if not any(_is_signed(body, signature, secret, now) for secret in secrets if secret.strip()):
        raise WebhookRefused
    try:
        return _message(json.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError) as error:
        raise WebhookRefused from error


def _message(event: Mapping[str, Any]) -> Message:
    """Return what an event says; raise what a wrong shape raises, never take a value of another type for one."""
    is_live, created = event["livemode"], event["created"]
    if type(is_live) is not bool or type(created) is not int:
        raise TypeError
    return Message(
        event_id=_name(event["id"]),
        kind=_name(event["type"]),
        object_id=_name(event["data"]["object"].get("id"), may_miss=True),
        is_live=is_live,
        account=_name(event.get("account"), may_miss=True),
        created_at=datetime.fromtimestamp(created, UTC),
    )


def _name(value: object, *, may_miss: bool = False) -> str:
    """Return an id or a type as it came: short and of letters every database takes; empty where it may be missing."""
    if may_miss and (value is None or value == ""):
        return ""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError
    return value


def _is_signed(body: bytes, signature: str, secret: str, now: datetime) -> bool:
    if not signature.isascii():
        return False  # The library compares ASCII only, and fails on other letters.
    try:
        WebhookSignature.verify_header(body, signature, secret)
        sent = next(int(part[2:]) for part in signature.split(",") if part.startswith("t="))
    except (StripeError, ValueError, StopIteration):
        return False
    return abs(int(now.timestamp()) - sent) <= _TOLERANCE_SECONDS
