"""Credit transfers as a file for the bank: pain.001.001.09, in the signs of banks, checked against the schema.

Each transfer is booked by itself, so that the statement gives its id back. No address within the EEA, a structured one
elsewhere. Source: SEPA-10 to SEPA-12, SEPA-17; ISO 20022 pain.001.001.09; Deutsche Kreditwirtschaft, DFÜ-Abkommen,
Anlage 3 (GBIC_4).
"""

from __future__ import annotations

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

MESSAGE: Final = "pain.001.001.09"


class TransferFileWrong(DomainError):
    """The file would not be taken by a bank; nothing is kept."""

    message = N_("The file of credit transfers is not valid: %(why)s")
    code = "transfer_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One credit transfer; texts as they are, the file takes the signs that banks pass on."""

    end_to_end_id: str
    cents: int
    creditor: Terms
    remittance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFile:
    """A whole file: one day, one account of the association."""

    message_id: str
    made_at: datetime
    execute_on: date
    debtor_name: str
    iban: str
    bic: str
    transfers: tuple[Transfer, ...]


def pain001(file: TransferFile) -> bytes:
    """Return the file as XML in UTF-8; raise `TransferFileWrong` when schema or signs do not hold."""
    ids = [file.message_id, *(each.end_to_end_id for each in file.transfers)]
    wrong = next((each for each in ids if not is_reference(each)), "")
    if wrong or len(set(ids)) != len(ids):
        raise TransferFileWrong(why=wrong or file.message_id)
    root = begun(MESSAGE)
    message = add(root, "CstmrCdtTrfInitn")
    header = add(message, "GrpHdr")
    add(header, "MsgId", file.message_id)
    add(header, "CreDtTm", file.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    _counted(header, file)
    name(add(header, "InitgPty"), file.debtor_name)
    _block(add(message, "PmtInf"), file)
    if why := fault_of(root, MESSAGE):
        raise TransferFileWrong(why=why)
    return as_bytes(root)


def _counted(parent: Element, file: TransferFile) -> None:
    add(parent, "NbOfTxs", str(len(file.transfers)))
    add(parent, "CtrlSum", decimal_text(sum(each.cents for each in file.transfers)))


def _block(parent: Element, file: TransferFile) -> None:
    add(parent, "PmtInfId", file.message_id)
    add(parent, "PmtMtd", "TRF")
    add(parent, "BtchBookg", "false")
    _counted(parent, file)
    add(add(add(parent, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
    add(add(parent, "ReqdExctnDt"), "Dt", file.execute_on.isoformat())
    name(add(parent, "Dbtr"), file.debtor_name)
    account(add(parent, "DbtrAcct"), file.iban)
    agent(add(parent, "DbtrAgt"), file.bic)
    add(parent, "ChrgBr", "SLEV")
    for each in file.transfers:
        _transfer(add(parent, "CdtTrfTxInf"), each)


def _transfer(parent: Element, transfer: Transfer) -> None:
    creditor = transfer.creditor
    add(add(parent, "PmtId"), "EndToEndId", transfer.end_to_end_id)
    add(add(parent, "Amt"), "InstdAmt", decimal_text(transfer.cents), Ccy="EUR")
    if creditor.bic:
        add(add(add(parent, "CdtrAgt"), "FinInstnId"), "BICFI", creditor.bic)
    person(add(parent, "Cdtr"), creditor)
    account(add(parent, "CdtrAcct"), creditor.iban)
    remittance(parent, transfer.remittance)
