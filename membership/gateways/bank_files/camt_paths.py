"""Where camt.052, .053 and .054 keep what is read: path -> short name, both shapes of all versions in one table.

Real files mix the shapes: `Sts` and `Sts/Cd`, `Dbtr/Nm` and `Dbtr/Pty/Nm`, `Dt` and `DtTm`. Source: BNK-2.
"""

from __future__ import annotations

from typing import Final

_CODES: Final = {
    "BkTxCd/Domn/Cd": "domain", "BkTxCd/Domn/Fmly/Cd": "family", "BkTxCd/Domn/Fmly/SubFmlyCd": "sub_family",
    "BkTxCd/Prtry/Cd": "own_code",
}  # fmt: skip
_AMOUNTS: Final = {
    "Amt": "amount", "CdtDbtInd": "sign", "AmtDtls/TxAmt/Amt": "moved", "AmtDtls/InstdAmt/Amt": "instructed",
    "Chrgs/TtlChrgsAndTaxAmt": "charges_total", "Chrgs/Amt": "charge", "Chrgs/Rcrd/Amt": "charge",
}  # fmt: skip


def _party(element: str, key: str) -> dict[str, str]:
    return {
        f"RltdPties/{element}/Nm": key,
        f"RltdPties/{element}/Pty/Nm": key,
        f"RltdPties/{element}/Agt/FinInstnId/Nm": key,
    }


STATEMENT: Final = {
    "Id": "id", "ElctrncSeqNb": "number", "LglSeqNb": "legal_number", "Acct/Id/IBAN": "iban",
    "Acct/Id/Othr/Id": "other", "Acct/Id/PrtryAcct/Id": "other", "Acct/Ccy": "currency",
    "TxsSummry/TtlNtries/NbOfNtries": "count", "TxsSummry/TtlCdtNtries/Sum": "credits",
    "TxsSummry/TtlDbtNtries/Sum": "debits",
}  # fmt: skip
BALANCE: Final = {
    "Tp/CdOrPrtry/Cd": "type", "Tp/CdOrPrtry/Prtry": "type", "Tp/Cd": "type", "Tp/SubTp/Cd": "sub_type",
    "Tp/SubTp/Prtry": "sub_type", "Amt": "amount", "CdtDbtInd": "sign", "Dt": "day", "Dt/Dt": "day", "Dt/DtTm": "day",
}  # fmt: skip
ENTRY: Final = {
    **_CODES, **_AMOUNTS, "RvslInd": "reversal", "Sts": "status", "Sts/Cd": "status", "Sts/Prtry": "status",
    "BookgDt": "booked", "BookgDt/Dt": "booked", "BookgDt/DtTm": "booked", "ValDt": "value", "ValDt/Dt": "value",
    "ValDt/DtTm": "value", "AcctSvcrRef": "reference", "AddtlNtryInf": "info",
    "NtryDtls/Btch/PmtInfId": "payment", "NtryDtls/Btch/MsgId": "message", "NtryDtls/Btch/NbOfTxs": "batch_count",
}  # fmt: skip
DETAIL: Final = {
    **_CODES, **_AMOUNTS,
    "Refs/AcctSvcrRef": "reference", "Refs/EndToEndId": "end_to_end", "Refs/MndtId": "mandate",
    "Refs/PmtInfId": "payment",
    **_party("Dbtr", "debtor"), **_party("Cdtr", "creditor"),
    **_party("UltmtDbtr", "ultimate_debtor"), **_party("UltmtCdtr", "ultimate_creditor"),
    "RltdPties/DbtrAcct/Id/IBAN": "debtor_iban", "RltdPties/CdtrAcct/Id/IBAN": "creditor_iban",
    "RltdPties/DbtrAcct/Id/Othr/Id": "debtor_iban", "RltdPties/CdtrAcct/Id/Othr/Id": "creditor_iban",
    "RmtInf/Ustrd": "text", "RmtInf/Strd/AddtlRmtInf": "more_text", "RmtInf/Strd/CdtrRefInf/Ref": "creditor_reference",
    "RmtInf/Strd/CdtrRefInf/CdtrRef": "creditor_reference", "RmtInf/Strd/RfrdDocInf/Nb": "document",
    "RmtInf/Strd/RfrdDocInf/RfrdDocNb": "document",
    "RtrInf": "returned", "RtrInf/Rsn": "reason", "RtrInf/Rsn/Cd": "reason", "RtrInf/Rsn/Prtry": "reason",
    "RtrInf/RtrRsn/Cd": "reason", "RtrInf/RtrRsn/Prtry": "reason", "AddtlTxInf": "info",
}  # fmt: skip
RAW: Final = frozenset({"text", "more_text"})
"""Texts whose blanks at the ends count: they are joined without additions."""
