"""Members who want paper although they have an address; names and addresses that cannot be printed or are not whole."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from membership.domain.billing import Mark
from membership.domain.member_lists.codes import read_invoice_way
from membership.domain.run_review import Problem, group_problems, sums_of
from membership.persistence.db import read_as, write
from membership.persistence.models.dispatch import Dispatch
from membership.persistence.queries.dispatch_targets import count_channels, list_targets, recipients_of_member
from membership.persistence.queries.run_items import list_lines
from membership.services import dispatch
from membership.services.billing import plan_run
from membership.services.members.documents import member_documents
from tests.conftest import TODAY
from tests.factories import bill_year, make_association, make_member


@pytest.fixture
def members(app, treasurer):
    make_association(treasurer)
    return [
        make_member(treasurer, number="M0001", invoice_email="a@werk.example"),
        make_member(treasurer, number="M0002", invoice_email="b@werk.example", invoice_way="post"),
        make_member(treasurer, number="M0003", invoice_email="", invoice_way="post"),
    ]


def lines(actor):
    run_id = write(actor, plan_run, 2027, issued_on=TODAY, today=TODAY)
    return list_lines(read_as(actor), run_id)


def test_who_wants_paper_gets_a_letter_and_no_mail(members, treasurer):
    run_id = bill_year(treasurer)
    plan = dispatch.plan_dispatch(read_as(treasurer), run_id=run_id)
    assert [target.member_number for target in plan.by_mail] == ["M0001"]
    assert [target.member_number for target in plan.by_post] == ["M0002", "M0003"]
    assert write(treasurer, dispatch.send_run, run_id) == 3
    sent = (
        read_as(treasurer).execute(select(Dispatch.channel, Dispatch.recipient).order_by(Dispatch.id)).all()
    )
    assert [(str(channel), recipient) for channel, recipient in sent] == [
        ("mail", "a@werk.example"), ("post", ""), ("post", ""),
    ]  # fmt: skip


def test_a_mail_that_a_person_asks_for_goes_all_the_same(members, treasurer):
    run_id = bill_year(treasurer)
    number = list_targets(read_as(treasurer), run_id=run_id)[1].number
    assert write(treasurer, dispatch.send_to, number, ["b@werk.example"]) == 1


def test_the_preview_and_the_check_page_count_paper(members, treasurer):
    found = lines(treasurer)
    assert [line.goes_by_mail for line in found] == [True, False, False]
    assert sums_of(found).by_mail == 1
    assert count_channels(read_as(treasurer), members) == (1, 2)
    assert [bool(recipients_of_member(read_as(treasurer), each)) for each in members] == [True, False, False]


def test_nobody_is_asked_for_the_mail_address_of_who_wants_paper(members, treasurer):
    make_member(treasurer, number="M0004", invoice_email="")
    found = group_problems(lines(treasurer))
    assert [line.number for line in found[Problem.NO_EMAIL]] == ["M0004"]


def test_the_wish_is_part_of_the_record(members, treasurer):
    ways = [each["invoice_way"] for each in member_documents(read_as(treasurer), today=TODAY, everybody=True)]
    assert ways == ["mail", "post", "post"]


@pytest.mark.parametrize(
    ("word", "way"), [("Post", "post"), ("per Post", "post"), ("ja", "post"), ("E-Mail", "mail")]
)
def test_a_list_says_it_in_words(word, way):
    assert read_invoice_way(word).value == way


def test_a_missing_postcode_and_a_sign_that_the_font_lacks_are_said_before_the_run_starts(app, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001", postcode="")
    make_member(treasurer, number="M0002", postcode="", country="IE")
    make_member(treasurer, number="M0003", name="Rakete \U0001f680 GmbH")
    found = lines(treasurer)
    assert [line.has(Mark.NO_ADDRESS) for line in found] == [True, False, False]
    problems = group_problems(found)
    assert [line.number for line in problems[Problem.UNPRINTABLE]] == ["M0003"]
    (warning,) = [each for each in found[2].warnings if each.rule == Mark.UNPRINTABLE]
    assert warning.text.values == {"signs": "\U0001f680"}
