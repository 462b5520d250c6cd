"""All that a statement is matched against, by what a bank line may show: built once, asked for each line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from typing import Final

from membership.domain.banking.facts import Known, OpenItem, OwnDebit, OwnPayout, OwnRefund, Payer, Share
from membership.domain.banking.names import NameIndex, words_of
from membership.domain.banking.numbers import MemberIndex, NumberIndex
from membership.domain.banking.text import packed

MOST_SUMMED: Final = 4
_MOST_CHOICES: Final = 12


class Index:
    """Open items, payers and own collections. The order in which they are given does not matter."""

    def __init__(self, known: Known) -> None:
        items = sorted(known.items, key=lambda item: (item.due_on, item.number, item.id))
        payers = sorted(known.payers, key=lambda payer: (payer.number, payer.id))
        self.items: dict[int, OpenItem] = {item.id: item for item in items}
        self.payers: dict[int, Payer] = {payer.id: payer for payer in payers}
        self.numbers = NumberIndex(items)
        self.member_numbers = MemberIndex(payers)
        self.names = NameIndex(payers)
        self._open_of: dict[int, list[OpenItem]] = defaultdict(list)
        self._by_amount: dict[int, set[int]] = defaultdict(set)
        for item in items:
            if item.open_cents > 0:
                self._open_of[item.member_id].append(item)
                self._by_amount[item.open_cents].add(item.id)
        self._by_iban: dict[str, set[int]] = defaultdict(set)
        self._by_mandate: dict[str, set[int]] = defaultdict(set)
        self._by_habit: dict[tuple[str, ...], set[int]] = defaultdict(set)
        self._groups: dict[int, list[int]] = defaultdict(list)
        for payer in payers:
            for iban in payer.ibans:
                self._by_iban[packed(iban)].add(payer.id)
            for mandate in payer.mandates:
                self._by_mandate[packed(mandate)].add(payer.id)
            for name in payer.habits:
                self._by_habit[tuple(sorted(words_of(name)))].add(payer.id)
            if payer.group is not None:
                self._groups[payer.group].append(payer.id)
        self._keep_debits(known.debits)
        self._refunds = sorted(known.refunds, key=lambda refund: refund.number)
        self._payouts = sorted(known.payouts, key=lambda payout: (payout.arrives_on, payout.payout_id))

    def _keep_debits(self, known: Iterable[OwnDebit]) -> None:
        """Keep own debits by their ids and the numbers of their blocks and files, those under way by their sums."""
        self._debits: dict[str, list[OwnDebit]] = defaultdict(list)
        self._blocks: dict[str, list[OwnDebit]] = defaultdict(list)
        waiting: dict[str, list[OwnDebit]] = defaultdict(list)
        for debit in sorted(known, key=lambda debit: (debit.end_to_end_id, debit.item_id)):
            self._debits[packed(debit.end_to_end_id)].append(debit)
            for number in filter(None, dict.fromkeys((debit.payment_id, debit.collection))):
                self._blocks[packed(number)].append(debit)
                if not debit.is_credited:
                    waiting[number].append(debit)
        self._sums: dict[int, list[tuple[str, list[OwnDebit]]]] = defaultdict(list)
        for number, debits in sorted(waiting.items(), reverse=True):  # a block before its collection
            same = self._sums[sum(debit.cents for debit in debits)]
            if debits not in [others for _number, others in same]:
                same.append((number, debits))

    def settle(self, shares: tuple[Share, ...]) -> None:
        """Take note that a sure match pays these shares: what follows sees less open."""
        for item_id, cents in shares:
            old = self.items[item_id]
            new = old._replace(open_cents=old.open_cents - cents)
            self.items[item_id] = new
            self._by_amount[old.open_cents].discard(item_id)
            mine = [each for each in self._open_of[old.member_id] if each.id != item_id]
            if new.open_cents > 0:
                self._by_amount[new.open_cents].add(item_id)
                mine.append(new)
            self._open_of[old.member_id] = sorted(mine, key=lambda item: (item.due_on, item.number, item.id))

    def open_of(self, member_id: int) -> list[OpenItem]:
        """Return what a member owes, the oldest due first."""
        return self._open_of.get(member_id, [])

    def with_amount(self, cents: int) -> set[int]:
        """Return the items of which exactly so much is open."""
        return self._by_amount.get(cents, set())

    def of_iban(self, iban: str | None) -> set[int]:
        """Return the members for whom this account is known."""
        return self._by_iban.get(packed(iban), set()) if iban else set()

    def of_mandate(self, mandate: str | None) -> set[int]:
        """Return the members with this mandate reference."""
        return self._by_mandate.get(packed(mandate), set()) if mandate else set()

    def of_habit(self, name: str | None) -> set[int]:
        """Return the members for whom an account of this name paid in earlier years."""
        words = tuple(sorted(words_of(name))) if name else ()
        return self._by_habit.get(words, set()) if words else set()

    def peers(self, member_id: int) -> list[int]:
        """Return the members of the same group, the member itself among them."""
        group = self.payers[member_id].group if member_id in self.payers else None
        return self._groups[group] if group is not None else [member_id]

    def debits_of(self, end_to_end_id: str | None, payment_id: str | None) -> list[OwnDebit]:
        """Return what we debited ourselves under an end-to-end id, else under that of a block or a file."""
        found = self._debits.get(packed(end_to_end_id), []) if end_to_end_id else []
        return found or (self._blocks.get(packed(payment_id), []) if payment_id else [])

    def blocks_of(self, cents: int) -> list[tuple[str, list[OwnDebit]]]:
        """Return the blocks and collections whose debits under way come to an amount, each with its number."""
        return self._sums.get(cents, [])

    def refunds_of(self, end_to_end_id: str | None, payment_id: str | None) -> list[OwnRefund]:
        """Return the own refunds under an end-to-end id, else under the number of a file."""
        wanted = packed(end_to_end_id) if end_to_end_id else ""
        found = [each for each in self._refunds if wanted and packed(each.number) == wanted]
        block = packed(payment_id) if payment_id else ""
        return found or [each for each in self._refunds if block and packed(each.payment_id) == block]

    def refunds_to(self, iban: str | None, cents: int) -> list[OwnRefund]:
        """Return the own refunds of an amount to an account."""
        return [each for each in self._refunds if iban and each.iban == iban and each.cents == cents]

    def payouts_of(self, cents: int) -> list[OwnPayout]:
        """Return the payouts of an amount that no bank line has brought yet, the oldest first."""
        return [each for each in self._payouts if each.cents == cents]

    def sums_to(self, members: list[int], cents: int) -> list[tuple[OpenItem, ...]]:
        """Return the choices of two to four open items of these members that come to an amount exactly, at most two."""
        items = [item for member in members for item in self.open_of(member) if item.open_cents < cents][
            :_MOST_CHOICES
        ]
        found: list[tuple[OpenItem, ...]] = []
        for count in range(2, min(MOST_SUMMED, len(items)) + 1):
            for choice in combinations(items, count):
                if sum(item.open_cents for item in choice) == cents:
                    found.append(choice)
                    if len(found) > 1:
                        return found
        return found
