"""Direct debits as a file for the bank: pain.008.001.08, in the signs that banks pass on, checked against the schema.

No address within the EEA, a structured one elsewhere; both schemes and sequence types stand in blocks of their own.

Source: SEPA-9 to SEPA-12; ISO 20022 pain.008.001.08; Deutsche Kreditwirtschaft, DFÜ-Abkommen, Anlage 3 (GBIC_4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from membership.domain.direct_debits.mandates import Terms
from membership.domain.direct_debits.signs import is_reference
from membership.domain.errors import N_, DomainError
from membership.domain.money import decimal_text
from membership.gateways.payment_messages import (
    Element,
    account,
    add,
    agent,
    as_bytes,
    begun,
    fault_of,
    name,
    person,
    remittance,
)

MESSAGE: Final = "pain.008.001.08"
_SAME_MANDATE_NEW_ACCOUNT: Final = "SMNDA"


class DebitFileWrong(DomainError):
    """The file would not be taken by a bank; nothing is kept."""

    message = N_("The direct debit file is not valid: %(why)s")
    code = "debit_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """What changed of a mandate since it was last used, told to the debtor's bank once (SEPA-5).

    Each is the former one, empty when it is the same. `account` is the former IBAN at the same bank; `is_bank_new`: the
    account is at another bank, which is told without it.

    Source: Deutsche Kreditwirtschaft, DFÜ-Abkommen, Anlage 3; EPC130-08 (customer to bank), AT-16 to AT-24.
    """

    mandate: str = ""
    creditor_id: str = ""
    creditor_name: str = ""
    account: str = ""
    is_bank_new: bool = False

    @property
    def is_any(self) -> bool:
        """Return whether anything changed."""
        return self != Amendment()


@dataclass(frozen=True, slots=True, kw_only=True)
class Debit:
    """One debit; texts as they are, the file takes the signs that banks pass on."""

    end_to_end_id: str
    cents: int
    mandate: str
    signed_on: date
    debtor: Terms
    remittance: str
    amendment: Amendment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Debits of one scheme and sequence type."""

    id: str
    scheme: str
    sequence: str
    debits: tuple[Debit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DebitFile:
    """A whole file: one due day."""

    message_id: str
    made_at: datetime
    due_on: date
    creditor_name: str
    creditor_id: str
    iban: str
    bic: str
    blocks: tuple[Block, ...]


def pain008(file: DebitFile) -> bytes:
    """Return the file as XML in UTF-8; raise `DebitFileWrong` when it does not hold to the schema or to the signs."""
    _require_ids(file)
    root = begun(MESSAGE)
    message = add(root, "CstmrDrctDbtInitn")
    header = add(message, "GrpHdr")
    add(header, "MsgId", file.message_id)
    add(header, "CreDtTm", file.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    _counted(header, [debit for block in file.blocks for debit in block.debits])
    name(add(header, "InitgPty"), file.creditor_name)
    for block in file.blocks:
        _block(add(message, "PmtInf"), file, block)
    if why := fault_of(root, MESSAGE):
        raise DebitFileWrong(why=why)
    return as_bytes(root)


def _require_ids(file: DebitFile) -> None:
    """Raise for an id that a bank would change or find twice."""
    debits = [debit for block in file.blocks for debit in block.debits]
    ids = [file.message_id, *(block.id for block in file.blocks), *(debit.end_to_end_id for debit in debits)]
    wrong = next((each for each in ids if not is_reference(each)), "")
    if wrong or len(set(ids)) != len(ids):
        raise DebitFileWrong(why=wrong or file.message_id)


def _counted(parent: Element, debits: Sequence[Debit]) -> None:
    add(parent, "NbOfTxs", str(len(debits)))
    add(parent, "CtrlSum", decimal_text(sum(debit.cents for debit in debits)))


def _block(parent: Element, file: DebitFile, block: Block) -> None:
    add(parent, "PmtInfId", block.id)
    add(parent, "PmtMtd", "DD")
    add(parent, "BtchBookg", "true")
    _counted(parent, block.debits)
    kind = add(parent, "PmtTpInf")
    add(add(kind, "SvcLvl"), "Cd", "SEPA")
    add(add(kind, "LclInstrm"), "Cd", block.scheme)
    add(kind, "SeqTp", block.sequence)
    add(parent, "ReqdColltnDt", file.due_on.isoformat())
    name(add(parent, "Cdtr"), file.creditor_name)
    account(add(parent, "CdtrAcct"), file.iban)
    agent(add(parent, "CdtrAgt"), file.bic)
    add(parent, "ChrgBr", "SLEV")
    _scheme_id(add(parent, "CdtrSchmeId"), file.creditor_id)
    for debit in block.debits:
        _debit(add(parent, "DrctDbtTxInf"), debit)


def _debit(parent: Element, debit: Debit) -> None:
    add(add(parent, "PmtId"), "EndToEndId", debit.end_to_end_id)
    add(parent, "InstdAmt", decimal_text(debit.cents), Ccy="EUR")
    mandate = add(add(parent, "DrctDbtTx"), "MndtRltdInf")
    add(mandate, "MndtId", debit.mandate)
    add(mandate, "DtOfSgntr", debit.signed_on.isoformat())
    if debit.amendment is not None:
        add(mandate, "AmdmntInd", "true")
        _amendment(add(mandate, "AmdmntInfDtls"), debit.amendment)
    debtor = debit.debtor
    agent(add(parent, "DbtrAgt"), debtor.bic)
    person(add(parent, "Dbtr"), debtor)
    account(add(parent, "DbtrAcct"), debtor.iban)
    remittance(parent, debit.remittance)


def _amendment(parent: Element, amendment: Amendment) -> None:
    if amendment.mandate:
        add(parent, "OrgnlMndtId", amendment.mandate)
    if amendment.creditor_id or amendment.creditor_name:
        creditor = add(parent, "OrgnlCdtrSchmeId")
        if amendment.creditor_name:
            name(creditor, amendment.creditor_name)
        if amendment.creditor_id:
            _scheme_id(creditor, amendment.creditor_id)
    if amendment.account:
        account(add(parent, "OrgnlDbtrAcct"), amendment.account)
    elif amendment.is_bank_new:
        add(add(add(add(parent, "OrgnlDbtrAcct"), "Id"), "Othr"), "Id", _SAME_MANDATE_NEW_ACCOUNT)


def _scheme_id(parent: Element, creditor_id: str) -> None:
    other = add(add(add(parent, "Id"), "PrvtId"), "Othr")
    add(other, "Id", creditor_id)
    add(add(other, "SchmeNm"), "Prtry", "SEPA")
