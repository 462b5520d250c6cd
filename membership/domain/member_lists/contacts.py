"""The contacts of a member, put together from the columns of a list."""

from __future__ import annotations

from collections.abc import Mapping

from membership.domain.member_lists.codes import read_functions
from membership.domain.member_lists.drafts import ContactDraft, Function
from membership.domain.member_lists.fields import Field
from membership.domain.member_lists.people import read_person, read_salutation


def contacts_of(
    texts: Mapping[Field, str],
    emails: tuple[str, ...],
    *,
    all_emails: tuple[str, ...],
    functions: tuple[Function, ...],
) -> tuple[ContactDraft, ...]:
    """Return the person with the first address, then one contact for each further address: none is lost.

    The first contact is the main one unless the list gives it functions. The address for invoices has the function
    `billing` when it is another than the person's.
    """
    salutation, name, remark = read_person(texts[Field.CONTACT]).value
    parts = (texts[Field.TITLE], texts[Field.FIRST_NAME], texts[Field.LAST_NAME])
    name = " ".join(part for part in parts if part) if texts[Field.LAST_NAME] else name
    salutation = read_salutation(texts[Field.SALUTATION]).value or salutation
    if remark and not functions:
        functions = read_functions(remark).value
    first = ContactDraft(
        name=name,
        email=emails[0] if emails else "",
        phone=texts[Field.PHONE],
        salutation=salutation,
        functions=tuple(dict.fromkeys((Function.MAIN, *functions))),
    )
    has_first = bool(first.name or first.email or first.phone)
    invoice = all_emails[0] if all_emails else ""
    others = tuple(
        ContactDraft(email=email, functions=(Function.BILLING,) if email == invoice else ())
        for email in all_emails
        if email != first.email
    )
    return ((first,) if has_first else ()) + others
