"""Texts of mails: which there are, which placeholders each may have, and how one is filled in.

A text has a subject and paragraphs with blank lines between them. `{{ name }}` is a placeholder of the fixed list of
its text; a paragraph in square brackets is the button. All is replaced in one pass, and nothing else is evaluated.

Source: `ux.md` 14; SEC-46.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from membership.domain.errors import N_, InputError, NotFound


class TextUnknown(NotFound):
    """There is no such text."""

    message = N_("There is no mail text “%(name)s”. There are: %(known)s.")
    code = "text_unknown"


class PlaceholderUnknown(InputError):
    """A text names a placeholder that it does not have."""

    message = N_("{{ %(found)s }} does not exist here. Possible are: %(known)s.")
    code = "placeholder_unknown"


class PlaceholderMistyped(InputError):
    """A text names a placeholder that is almost one of its own."""

    message = N_("{{ %(found)s }} does not exist. Did you mean {{ %(meant)s }}?")
    code = "placeholder_unknown"


class TextUnusable(InputError):
    """A text cannot be used; the sentence says why."""

    message = N_("The text cannot be used.")
    code = "text_unusable"


class TextEmpty(TextUnusable):
    """Subject or text is missing."""

    message = N_("A mail needs a subject and a text.")


class SubjectTooLong(TextUnusable):
    """The subject is more than one line or too long."""

    message = N_("The subject must be one line of at most 200 characters.")


class TextTooLong(TextUnusable):
    """The text is too long, or holds signs that cannot be seen."""

    message = N_("The text may have at most 5,000 characters, without control characters.")


class ButtonMissing(TextUnusable):
    """The line of the button is missing, or there are two."""

    message = N_("The text needs one line in square brackets for the button, like [View invoice].")


class ButtonNotPossible(TextUnusable):
    """A button where nothing can be opened."""

    message = N_("This mail opens nothing, so it has no button. Take away the line in square brackets.")


class BracesOpen(TextUnusable):
    """Braces that belong to no placeholder."""

    message = N_("There are braces that do not close. A placeholder looks like {{ name }}.")


@dataclass(frozen=True, slots=True)
class TextKind:
    """A text: what it is called, when it is sent, its placeholders; `has_button` says whether it opens something."""

    title: str
    purpose: str
    placeholders: tuple[str, ...]
    has_button: bool = False


@dataclass(frozen=True, slots=True)
class MailText:
    """Subject and body as they were written, with their placeholders."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class MailPart:
    """A paragraph, or the label of the button."""

    text: str
    is_button: bool = False


@dataclass(frozen=True, slots=True)
class MailWords:
    """A mail in words: what both its forms, plain text and HTML, say."""

    language: str
    subject: str
    parts: tuple[MailPart, ...]
    signature: tuple[str, ...] = ()

    @property
    def body(self) -> str:
        """Return the paragraphs as they are kept: the button in brackets, without the secret of its link."""
        shown = [f"[{part.text}]" if part.is_button else part.text for part in self.parts]
        return "\n\n".join([*shown, "\n".join(self.signature)]).strip()


_PERSON: Final = ("anrede", "name", "firma", "mitglied_nr", "verein", "telefon")
_INVOICE: Final = (
    *_PERSON, "rechnung_nr", "datum", "jahr", "betrag", "faellig", "rf_referenz", "bestell_satz",
)  # fmt: skip
_DECLARATION: Final = (*_PERSON, "jahr", "groesse", "stichtag", "bisher_satz", "ohne_satz", "frist")
_APPLICATION: Final = ("anrede", "name", "firma", "verein", "telefon", "antrag_nr")
_DEBIT: Final = (*_INVOICE, "einzug", "iban_kurz", "mandat", "glaeubiger_id")

TEXTS: Final[Mapping[str, TextKind]] = {
    "invoice": TextKind(
        N_("Invoice"), N_("It goes with every invoice; the PDF is attached."), _INVOICE, has_button=True
    ),
    "invoice_debit": TextKind(
        N_("Invoice that is collected"), N_("It goes with an invoice whose amount is collected by direct debit."),
        _DEBIT, has_button=True,
    ),
    "document": TextKind(
        N_("Cancellation or correction"), N_("It goes with a cancellation or a correction of an invoice."), _INVOICE
    ),
    "invoice_again": TextKind(
        N_("Invoice, sent again"), N_("It goes with an invoice that is sent once more."), _INVOICE, has_button=True
    ),
    "declaration": TextKind(
        N_("Self-declaration, request"), N_("It asks each member for its size, once a year."), _DECLARATION,
        has_button=True,
    ),
    "declaration_reminder": TextKind(
        N_("Self-declaration, reminder"), N_("It goes to members that have not declared yet."), _DECLARATION,
        has_button=True,
    ),
    "declaration_query": TextKind(
        N_("Self-declaration, query"), N_("It asks a member back about what it declared."),
        (*_DECLARATION, "rueckfrage"), has_button=True,
    ),
    "declaration_query_late": TextKind(
        N_("Self-declaration, query after the last day"),
        N_("It asks a member back when no link works any more; the answer comes by mail or telephone."),
        (*_DECLARATION, "rueckfrage"),
    ),
    "declaration_received": TextKind(
        N_("Self-declaration, confirmation"), N_("It thanks for a declaration; the confirmation is attached."),
        _DECLARATION,
    ),
    "bank_question": TextKind(
        N_("Question about a payment"), N_("It asks a member or payer about money that nobody can place."),
        (*_PERSON, "betrag", "datum", "auftraggeber", "zweck", "rueckfrage"),
    ),
    "application_confirm": TextKind(
        N_("Application, confirm the address"), N_("It asks who sent the form for members to confirm the address."),
        (*_APPLICATION, "frist"), has_button=True,
    ),
    "application_received": TextKind(
        N_("Application, received"), N_("It thanks for an application whose address is confirmed."), _APPLICATION,
        has_button=True,
    ),
    "application_accepted": TextKind(
        N_("Application, welcome"), N_("It welcomes a new member; the invoice comes in a mail of its own."),
        (*_APPLICATION, "weiter_satz"),
    ),
    "application_rejected": TextKind(
        N_("Application, turned down"), N_("It tells an applicant that the board decided otherwise."), _APPLICATION
    ),
    "payment_received": TextKind(
        N_("Payment received"), N_("It thanks for a payment; the confirmation is attached."),
        ("anrede", "firma", "verein", "kontakt", "rechnung_nr", "betrag", "zahldatum", "rest_satz"),
    ),
    "debit_returned": TextKind(
        N_("Debit returned"), N_("It tells a member that its bank has given a debit back."),
        ("anrede", "firma", "verein", "kontakt", "ereignis"),
    ),
    "company_invitation": TextKind(
        N_("Invitation to the member area"), N_("It invites a person to act for a company in the member area."),
        ("anrede", "firma", "verein", "kontakt", "gueltig_bis"), has_button=True,
    ),
    "company_news": TextKind(
        N_("Message to a company"), N_("It tells a company what happened to its data in the member area."),
        ("anrede", "firma", "verein", "kontakt", "ereignis"),
    ),
    "sign_in_link": TextKind(
        N_("Link to sign in"), N_("It goes to people of the member area who ask to sign in without a password."),
        ("anrede", "verein", "kontakt", "minuten"), has_button=True,
    ),
    "password_reset": TextKind(
        N_("Link for a new password"), N_("It goes to people who have forgotten their password."),
        ("anrede", "verein", "kontakt", "minuten"), has_button=True,
    ),
    "security_notice": TextKind(
        N_("Security notice"), N_("It tells people what happened to their account, as soon as it happens."),
        ("anrede", "verein", "kontakt", "ereignis"),
    ),
    "approval": TextKind(
        N_("Approval"), N_("It tells people that something waits for their approval, or was decided."),
        ("anrede", "verein", "kontakt", "ereignis"),
    ),
    "member_news": TextKind(
        N_("News of a member"), N_("It tells office and treasurer what a company did in the member area."),
        ("anrede", "verein", "kontakt", "ereignis"),
    ),
    "anchor": TextKind(
        N_("Proof of the books"), N_("It goes each day to the addresses of the settings, with the proof as a file."),
        ("verein", "kontakt", "stand", "glied", "pruefsumme", "nummern"),
    ),
    "test": TextKind(N_("Test mail"), N_("It shows that the mail server works."), ("verein",)),
}  # fmt: skip
"""Name of a text -> what it is; the first wording stands in `membership/texts/`."""

PLACEHOLDER_WORDS: Final[Mapping[str, str]] = {
    "anrede": N_("Form of address"),
    "name": N_("Name of the person, else of the company"),
    "firma": N_("Company"),
    "mitglied_nr": N_("Member number"),
    "verein": N_("Association"),
    "telefon": N_("Telephone of the association"),
    "rechnung_nr": N_("Number of the invoice"),
    "datum": N_("Invoice date"),
    "jahr": N_("Dues year"),
    "betrag": N_("Amount"),
    "faellig": N_("Due date"),
    "rf_referenz": N_("Payment reference"),
    "einzug": N_("Day of the direct debit"),
    "iban_kurz": N_("End of the account that is debited"),
    "mandat": N_("Mandate reference"),
    "glaeubiger_id": N_("Creditor ID"),
    "kontakt": N_("Telephone and mail address of the association"),
    "ereignis": N_("A sentence about what happened"),
    "stand": N_("Day and time"),
    "glied": N_("Number of the last link of the chain"),
    "pruefsumme": N_("Checksum of that link"),
    "nummern": N_("Last numbers of all series"),
    "groesse": N_("What is asked for, such as the number of employees"),
    "stichtag": N_("Reference day"),
    "bisher_satz": N_("A sentence with what was declared last, if anything is known"),
    "ohne_satz": N_("A sentence about what counts without an answer"),
    "frist": N_("Last day of the link"),
    "rueckfrage": N_("What the association wants to know"),
    "auftraggeber": N_("Name of the payer on the statement"),
    "zweck": N_("Text of the transfer"),
    "antrag_nr": N_("Reference of the application"),
    "weiter_satz": N_("What else comes: the first invoice, the invitation to the member area, or nothing"),
    "zahldatum": N_("Day of the payment"),
    "rest_satz": N_("A sentence about what is still open"),
    "gueltig_bis": N_("Until when the link works"),
    "minuten": N_("For how many minutes the link works"),
    "bestell_satz": N_("A sentence with the order number of the member, if there is one"),
}
"""Placeholder -> what stands there."""

_PLACEHOLDER: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_BUTTON: Final = re.compile(r"\[([^\[\]\n]{1,80})\]")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_LONGEST_SUBJECT, _LONGEST_BODY = 200, 5000


def get_kind(name: str) -> TextKind:
    """Return a text by its name; raise `TextUnknown`."""
    if name not in TEXTS:
        raise TextUnknown(name=name, known=", ".join(TEXTS))
    return TEXTS[name]


def checked_text(name: str, subject: str, body: str) -> MailText:
    """Return a text in its form; raise what is wrong with it: `TextUnusable`, `PlaceholderUnknown` or `…Mistyped`."""
    kind = get_kind(name)
    tidy = re.sub(r"\r\n?", "\n", body).strip()
    tidy = re.sub(r"[ \t]+\n", "\n", tidy)
    line = subject.strip()
    if not line or not tidy:
        raise TextEmpty
    if "\n" in line or "\r" in line or len(line) > _LONGEST_SUBJECT or _CONTROL.search(line):
        raise SubjectTooLong
    if len(tidy) > _LONGEST_BODY or _CONTROL.search(tidy):
        raise TextTooLong
    for text in (line, tidy):
        _check_placeholders(kind, text)
    buttons = sum(bool(_BUTTON.fullmatch(each.strip())) for each in _paragraphs(tidy))
    if kind.has_button and buttons != 1:
        raise ButtonMissing
    if not kind.has_button and buttons:
        raise ButtonNotPossible
    return MailText(line, tidy)


def _check_placeholders(kind: TextKind, text: str) -> None:
    for found in _PLACEHOLDER.findall(text):
        name = found.strip()
        if name in kind.placeholders:
            continue
        near = get_close_matches(name, kind.placeholders, n=1)
        if near:
            raise PlaceholderMistyped(found=name[:40], meant=near[0])
        raise PlaceholderUnknown(found=" ".join(name.split())[:40], known=", ".join(kind.placeholders))
    rest = _PLACEHOLDER.sub("", text)
    if "{{" in rest or "}}" in rest:
        raise BracesOpen


def filled(text: MailText, values: Mapping[str, str], *, language: str) -> MailWords:
    """Return the text with its values, replaced in one pass: a value that looks like a placeholder stays as it is.

    A paragraph that is empty afterwards is left out. A line end in a value becomes a blank in the subject.
    """
    parts = []
    for paragraph in _paragraphs(text.body):
        button = _BUTTON.fullmatch(paragraph.strip())
        words = _replaced(button[1] if button else paragraph, values).strip()
        if words:
            parts.append(MailPart(words, is_button=button is not None))
    subject = " ".join(_CONTROL.sub(" ", _replaced(text.subject, values).replace("\n", " ")).split(" "))
    return MailWords(language, subject.strip(), tuple(parts))


def _replaced(text: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: values[found[1].strip()], text)


def _paragraphs(body: str) -> list[str]:
    return re.split(r"\n[ \t]*\n+", body)
