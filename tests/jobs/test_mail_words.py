"""What stands in a mail: its link, its language, and names that are nothing but text."""

from __future__ import annotations

from sqlalchemy import select

from membership.domain.mail_texts import MailText
from membership.persistence.db import read_as, write
from membership.persistence.models.dispatch import InvoiceLink
from membership.services import mail_texts


def test_the_secret_of_a_link_is_in_the_mail_and_only_its_hash_is_kept(mailing):
    mailing.bill(1)
    mailing.hand_over()
    mailing.work()
    text = mailing.handler.parsed().get_body(("plain",)).get_content()
    (address,) = [word for word in text.split() if word.startswith("https://beitrag.verein.example/invoice/")]
    secret = address.rsplit("/", 1)[1]
    assert len(secret) >= 43
    (row,) = mailing.rows()
    assert secret not in row.body
    assert "[Rechnung ansehen und bezahlen]" in row.body
    session = read_as(mailing.actor)
    assert secret not in session.execute(select(InvoiceLink.token_hash)).scalar_one()


def test_an_address_of_this_machine_is_no_link_for_others(mailing):
    mailing.bill(1)
    mailing.hand_over()
    mailing.work(base_url="http://127.0.0.1:8000")
    text = mailing.handler.parsed().get_body(("plain",)).get_content()
    assert "http" not in text
    assert read_as(mailing.actor).execute(select(InvoiceLink.id)).all() == []


def test_sec_40_a_script_in_a_name_is_plain_text_in_both_forms_of_the_mail(mailing):
    mailing.bill(1, name="<script>alert(1)</script> & Söhne")
    write(
        mailing.actor,
        mail_texts.change_text,
        "invoice",
        "de",
        text=MailText("An {{ firma }}", "Hallo {{ firma }} <b>fett</b>\n\n[Ansehen]"),
    )
    mailing.hand_over()
    mailing.work()
    mail = mailing.handler.parsed()
    assert mail["Subject"] == "An <script>alert(1)</script> & Söhne"
    assert "Hallo <script>alert(1)</script> & Söhne <b>fett</b>" in mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    assert "Hallo &lt;script&gt;alert(1)&lt;/script&gt; &amp; Söhne &lt;b&gt;fett&lt;/b&gt;" in html
    assert "<script" not in html


def test_a_mail_speaks_the_language_of_its_member(mailing):
    mailing.bill(1, language="en")
    mailing.hand_over()
    mailing.work()
    mail = mailing.handler.parsed()
    assert mail["Subject"].startswith(
        "Invoice RE2027-0001: membership dues 2027, €600.00, due 31\N{NO-BREAK SPACE}Jan"
    )
    assert mail["Content-Language"] == "en"
    assert "View and pay invoice" in mail.get_body(("plain",)).get_content()
