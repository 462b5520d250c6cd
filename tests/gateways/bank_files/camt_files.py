"""Small camt files written here: only what a test is about differs from the plain one."""

from __future__ import annotations

MESSAGES = {
    "053": ("BkToCstmrStmt", "Stmt"),
    "052": ("BkToCstmrAcctRpt", "Rpt"),
    "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}
OPENING = '<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2027-02-01</Dt></Dt></Bal>'
CLOSING = OPENING.replace("OPBD", "CLBD").replace("100.00", "700.00").replace("02-01", "02-28")
DETAIL = (
    "<TxDtls><Refs><EndToEndId>E1</EndToEndId></Refs><RltdPties><Dbtr><Nm>Weser Lack GmbH</Nm></Dbtr><DbtrAcct><Id>"
    "<IBAN>DE02120300000000202051</IBAN></Id></DbtrAcct></RltdPties><RmtInf><Ustrd>RE2027-0042</Ustrd></RmtInf></TxDtls>"
)


def entry(
    amount="600.00",
    sign="CRDT",
    *,
    inside="",
    details=DETAIL,
    status="<Sts>BOOK</Sts>",
    currency="EUR",
    days=True,
):
    booked = "<BookgDt><Dt>2027-02-03</Dt></BookgDt><ValDt><Dt>2027-02-04</Dt></ValDt>" if days else ""
    indicator = f"<CdtDbtInd>{sign}</CdtDbtInd>" if sign else ""
    return f'<Ntry><Amt Ccy="{currency}">{amount}</Amt>{indicator}{status}{booked}{inside}<NtryDtls>{details}</NtryDtls></Ntry>'


def camt(
    *entries, kind="053", version="001.08", balances=OPENING + CLOSING, head="", currency="<Ccy>EUR</Ccy>"
):
    message, part = MESSAGES[kind]
    namespace = f' xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.{version}"' if version else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document{namespace}><{message}><GrpHdr><MsgId>1</MsgId></GrpHdr><{part}>'
        f"<Id>1</Id><Acct><Id><IBAN>DE89 3704 0044 0532 0130 00</IBAN></Id>{currency}</Acct>{balances}{head}{''.join(entries)}"
        f"</{part}></{message}></Document>"
    ).encode()
