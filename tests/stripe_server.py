"""A stub of Stripe: answers the official library over HTTP with objects of the real shape, and may fail as asked.

It keeps sessions, payment intents, charges, balance transactions, refunds, disputes and payouts in memory, repeats the
first answer to an idempotency key, and signs messages as Stripe does.
"""

from __future__ import annotations

import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

SECRET = "whsec_of_the_tests"
KEY = "sk_test_of_the_tests"
OF_LIST = {
    "checkout/sessions": "cs_", "refunds": "re_", "disputes": "dp_", "balance_transactions": "txn_",
    "payouts": "po_", "payment_intents": "pi_", "charges": "ch_",
}  # fmt: skip


class StripeServer:
    """What Stripe would know; `faults` are played one after the other instead of answers."""

    def __init__(self) -> None:
        self.objects: dict[str, dict] = {}
        self.answers: dict[str, tuple[int, dict]] = {}
        self.faults: list[str] = []
        self.shapes: dict[str, dict] = {}
        """Kind of object -> fields that each of them has besides those that the stub knows."""
        self.requests: list[tuple[str, str, dict]] = []
        self.keys: list[str] = []
        self.count = 0
        self.now: int | None = None
        self.is_live = False
        self.lock = threading.RLock()
        self.url = ""

    # what happens at Stripe ------------------------------------------------------------------------------------------

    def clock(self) -> int:
        return self.now if self.now is not None else int(time.time())

    def make(self, prefix: str, kind: str, **values) -> dict:
        with self.lock:
            self.count += 1
            made = {
                **json.loads(json.dumps(self.shapes.get(kind, {}))),
                "id": f"{prefix}test{self.count:06d}", "object": kind, "created": self.clock(),
                "livemode": self.is_live, "metadata": {}, **values,
            }  # fmt: skip
            self.objects[made["id"]] = made
            return made

    def open_session(self, params: dict) -> dict:
        cents = int(params["line_items[0][price_data][unit_amount]"]) * int(params["line_items[0][quantity]"])
        return self.make(
            "cs_", "checkout.session", amount_subtotal=cents, amount_total=cents, after_expiration=None,
            currency=params["line_items[0][price_data][currency]"], mode=params["mode"], status="open",
            payment_status="unpaid", payment_intent=None, client_reference_id=params.get("client_reference_id"),
            customer_email=params.get("customer_email"), customer_details=None, expires_at=int(params["expires_at"]),
            metadata=_marks(params, "metadata"), payment_method_types=[params["payment_method_types[0]"]],
            success_url=params["success_url"], cancel_url=params["cancel_url"], locale=params.get("locale"),
            url=f"https://checkout.stripe.example/c/pay/{self.count + 1}",
            intent_marks=_marks(params, "payment_intent_data[metadata]"),
        )  # fmt: skip

    def last_session(self) -> dict:
        return [each for each in self.objects.values() if each["object"] == "checkout.session"][-1]

    def pay(self, session: dict, *, fee: int = 35, **changes) -> dict:
        """The payer pays by card; return the charge. `changes` alter the intent: other amount, currency, mode."""
        intent = self._intent(session, "succeeded", **changes)
        session.update(status="complete", payment_status="paid", url=None)
        return self._charge(intent, fee=fee)

    def begin_debit(self, session: dict) -> dict:
        """The payer gives a SEPA debit: charge and movement are there at once, and wait."""
        session.update(status="complete", payment_status="unpaid", url=None)
        intent = self._intent(session, "processing")
        charge = self._charge(intent, fee=35, kind="payment")
        charge.update(status="pending", paid=False)
        self.objects[charge["balance_transaction"]]["status"] = "pending"
        return intent

    def finish_debit(self, session: dict) -> dict:
        intent = self.objects[session["payment_intent"]]
        intent["status"] = "succeeded"
        session["payment_status"] = "paid"
        charge = self.objects[intent["latest_charge"]]
        charge.update(status="succeeded", paid=True)
        self.objects[charge["balance_transaction"]]["status"] = "available"
        return charge

    def fail_debit(self, session: dict) -> None:
        intent = self.objects[session["payment_intent"]]
        intent.update(
            status="requires_payment_method",
            last_payment_error={"code": "debit_not_authorized", "type": "card_error"},
        )
        charge = self.objects[intent["latest_charge"]]
        charge.update(status="failed", failure_code="debit_not_authorized")
        self.objects[charge["balance_transaction"]]["status"] = "available"
        self.move("payment_failure_refund", charge["id"], -charge["amount"], -35)

    def expire(self, session: dict) -> None:
        session.update(status="expired", url=None)

    def _intent(self, session: dict, status: str, **changes) -> dict:
        intent = self.make(
            "pi_", "payment_intent", amount=session["amount_total"], amount_received=0, currency=session["currency"],
            status=status, latest_charge=None, last_payment_error=None, payment_method_types=session["payment_method_types"],
        )  # fmt: skip
        intent["metadata"] = session.get("intent_marks", {})
        intent.update(changes)
        session["payment_intent"] = intent["id"]
        return intent

    def _charge(self, intent: dict, *, fee: int, kind: str = "charge") -> dict:
        charge = self.make(
            "ch_", "charge", amount=intent["amount"], amount_captured=intent["amount"], amount_refunded=0, captured=True,
            currency=intent["currency"], paid=True, refunded=False, disputed=False, status="succeeded",
            payment_intent=intent["id"], failure_code=None,
            payment_method_details={"type": intent["payment_method_types"][0]}, balance_transaction=None,
        )  # fmt: skip
        charge["metadata"] = intent["metadata"]
        charge["livemode"] = intent["livemode"]
        intent.update(latest_charge=charge["id"], amount_received=intent["amount"])
        charge["balance_transaction"] = self.move(kind, charge["id"], intent["amount"], fee)["id"]
        return charge

    def move(self, kind: str, source: str, cents: int, fee: int = 0, **values) -> dict:
        return self.make(
            "txn_", "balance_transaction", type=kind, source=source, amount=cents, fee=fee, net=cents - fee, currency="eur",
            fee_details=[], status="available", reporting_category=kind, available_on=self.clock(), payout=None, **values,
        )  # fmt: skip

    def refund(self, charge: dict, cents: int, status: str = "succeeded") -> dict:
        made = self.make(
            "re_", "refund", amount=cents, charge=charge["id"], currency="eur", payment_intent=charge["payment_intent"],
            status=status, reason=None, failure_balance_transaction=None,
        )  # fmt: skip
        if status != "pending":
            made["balance_transaction"] = self.move("refund", made["id"], -cents)["id"]
        charge["amount_refunded"] += cents
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        return made

    def fail_refund(self, refund: dict) -> None:
        refund["status"] = "failed"
        back = self.move("refund_failure", refund["id"], refund["amount"])
        refund["failure_balance_transaction"] = back["id"]
        self.objects[refund["charge"]]["amount_refunded"] -= refund["amount"]

    def dispute(
        self, charge: dict, *, fee: int = 750, status: str = "lost", due_by: int | None = None
    ) -> dict:
        made = self.make(
            "dp_", "dispute", amount=charge["amount"], charge=charge["id"], currency="eur", status=status, reason="general",
            payment_intent=charge["payment_intent"], balance_transactions=[], evidence_details={"due_by": due_by},
        )  # fmt: skip
        made["balance_transactions"].append(self.move("adjustment", made["id"], -charge["amount"], fee))
        charge["disputed"] = True
        return made

    def win(self, dispute: dict) -> None:
        dispute["status"] = "won"
        dispute["balance_transactions"].append(self.move("adjustment", dispute["id"], dispute["amount"], 0))

    def payout(self, *, arrives: int, status: str = "paid") -> dict:
        free = [
            each for each in self.objects.values()
            if each["object"] == "balance_transaction" and each["payout"] is None and each["type"] != "payout"
            and each["status"] == "available"
        ]  # fmt: skip
        net = sum(each["net"] for each in free)
        made = self.make(
            "po_", "payout", amount=net, arrival_date=arrives, currency="eur", status=status, automatic=True,
            description="STRIPE PAYOUT", statement_descriptor=None, method="standard", type="bank_account",
        )  # fmt: skip
        move = self.move("payout", made["id"], -net)
        for each in [*free, move]:
            each["payout"] = made["id"]
        made["balance_transaction"] = move["id"]
        return made

    # what it sends ---------------------------------------------------------------------------------------------------

    def event(self, kind: str, subject: dict, **changes) -> dict:
        with self.lock:
            self.count += 1
            return {
                "id": f"evt_test{self.count:06d}", "object": "event", "api_version": "2026-10-28.endive",
                "created": self.clock(), "livemode": self.is_live, "pending_webhooks": 1, "type": kind,
                "data": {"object": json.loads(json.dumps(subject))}, "request": {"id": None, "idempotency_key": None},
                **changes,
            }  # fmt: skip

    @staticmethod
    def signed(event: dict, *, secret: str = SECRET, at: int | None = None) -> tuple[bytes, str]:
        return StripeServer.signed_text(json.dumps(event, indent=2), secret=secret, at=at)

    @staticmethod
    def signed_text(text: str, *, secret: str = SECRET, at: int | None = None) -> tuple[bytes, str]:
        """Sign any text as if it were an event."""
        body = text.encode()
        sent = int(time.time()) if at is None else at
        mark = hmac.new(secret.encode(), f"{sent}.".encode() + body, sha256).hexdigest()
        return body, f"t={sent},v1={mark}"

    # what it answers -------------------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, params: dict, key: str) -> tuple[int, dict]:
        name = path.removeprefix("/v1/").rstrip("/")
        if method == "POST" and name == "checkout/sessions":
            with self.lock:
                if key in self.answers:
                    return self.answers[key]
                self.answers[key] = (200, self.open_session(params))
                return self.answers[key]
        if name in OF_LIST:
            return 200, self.listed(name, params)
        if name.endswith("/expire"):
            session = self.objects.get(name.split("/")[2])
            if session and session["status"] != "open":
                return 400, _error("session is not open", "resource_not_open")
            if session:
                self.expire(session)
            return (200, session) if session else _missing()
        found = self.objects.get(name.rsplit("/", 1)[1])
        return (200, self.expanded(found, params)) if found else _missing()

    def listed(self, name: str, params: dict) -> dict:
        found = [each for each in self.objects.values() if each["id"].startswith(OF_LIST[name])]
        for field in ("payment_intent", "payout"):
            if field in params:
                found = [each for each in found if each.get(field) == params[field]]
        if since := params.get("created[gte]"):
            found = [each for each in found if each["created"] >= int(since)]
        found.reverse()
        if after := params.get("starting_after"):
            place = [each["id"] for each in found].index(after)
            found = found[place + 1 :]
        limit = int(params.get("limit", 10))
        page = [self.expanded(each, params) for each in found[:limit]]
        return {"object": "list", "url": f"/v1/{name}", "has_more": len(found) > limit, "data": page}

    def expanded(self, found: dict, params: dict) -> dict:
        wanted = [value for name, value in params.items() if name.startswith("expand[")]
        shown = json.loads(json.dumps(found))
        for path in wanted:
            place = shown
            for part in path.removeprefix("data.").split("."):
                if isinstance(place.get(part), str) and place[part] in self.objects:
                    place[part] = json.loads(json.dumps(self.objects[place[part]]))
                place = place.get(part) or {}
        return shown


def _marks(params: dict, name: str) -> dict:
    return {key[len(name) + 1 : -1]: value for key, value in params.items() if key.startswith(f"{name}[")}


def _error(message: str, code: str) -> dict:
    return {"error": {"type": "invalid_request_error", "message": message, "code": code}}


def _missing() -> tuple[int, dict]:
    return 404, _error("No such object", "resource_missing")


@contextmanager
def stripe_server() -> Iterator[StripeServer]:
    """Serve a stub of Stripe on a free port."""
    stripe = StripeServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_args) -> None:
            pass

        def do_GET(self) -> None:
            self._serve({}, dict(parse_qsl(urlsplit(self.path).query)))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            self._serve(dict(parse_qsl(body, keep_blank_values=True)), {})

        def _serve(self, sent: dict, asked: dict) -> None:
            path = urlsplit(self.path).path
            key = self.headers.get("Idempotency-Key", "")
            stripe.requests.append((self.command, path, sent or asked))
            if self.command == "POST":
                stripe.keys.append(key)
            fault = stripe.faults.pop(0) if stripe.faults else ""
            if fault == "cut":
                self.connection.close()
                self.close_connection = True
                return
            if fault == "answer lost":
                stripe.answer(self.command, path, sent or asked, key)
                self.connection.close()
                self.close_connection = True
                return
            if fault.startswith("slow"):
                time.sleep(float(fault.split()[1]))
            if fault.isdigit():
                status, answer = int(fault), _error("not now", "api_error")
            else:
                status, answer = stripe.answer(self.command, path, sent or asked, key)
            content = b"<html>" if fault == "broken" else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Request-Id", "req_test")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stripe.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield stripe
    finally:
        server.shutdown()
        server.server_close()
