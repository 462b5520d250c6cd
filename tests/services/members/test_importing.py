"""Member lists taken in: good rows kept, the same list again changes nothing, an undo gives everything back."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from membership.domain.errors import AlreadyDone
from membership.domain.member_lists import Choices
from membership.domain.members import MemberState
from membership.domain.policy import Role
from membership.persistence.db import read_as, write
from membership.persistence.models.ledger import OpenItem
from membership.persistence.models.members import BasisValue, Member, MemberImport, PreviousDues
from membership.persistence.queries import members as queries
from membership.services import members
from membership.services.members import files
from membership.services.members.comparing import ImportRules, KnownMembers
from membership.services.members.planning import Effect
from membership.services.members.undoing import ImportInUse, LaterImport
from membership.wording import Wording
from tests.conftest import SAMPLES, TODAY, person
from tests.factories import bill_year, make_association

HEAD = "Nr;Firma;Kategorie;PLZ;Ort;E-Mail;MA;Eintritt;Beitrag 2026;offen;IBAN"
HANSA = "M0081;Hansa Blechformteile GmbH;Ordentliches Mitglied;26382;Musterhafen;info@hansa.example;126;01.04.2014;1.800,00;600,00;DE02120300000000202051"
NORD = "M0082;Nordlack GmbH;Fördermitglied;28195;Bremen;post@nordlack.example;12;2009;;;"
BAD = "M0083;Wattgrund Pumpen GmbH;Ordentliches Mitglied;28195;Bremen;a@b.example;> 1000;;;;"


def csv(*rows, head=HEAD) -> bytes:
    return "\r\n".join((head, *rows)).encode()


def understood(actor, data, *, today=TODAY, name="liste.csv", **rules):
    found = files.read_list(read_as(actor), data, files.Reading(), filename=name, today=today)
    days, named = files.value_days(read_as(actor), found.mapping, today), files.named_years(found.mapping)
    return found, ImportRules(today=today, value_days=days, named_years=named, **rules)


def take_in(actor, data, *, name="liste.csv", **reading):
    found, rules = understood(actor, data, name=name, **reading)
    file = members.ListFile(name, data, files.chosen_columns(found.table, Choices()))
    return write(actor, members.import_members, found.members, file=file, rules=rules)


def books(actor) -> list[dict]:
    return members.member_documents(read_as(actor), today=TODAY, everybody=True)


def test_a_list_says_who_gets_an_xrechnung(app, treasurer):
    rows = (
        "M0081;Stadt Beispielhafen;28195;Bremen;a@b.example;04011000-1234512345-06;ja",
        "M0082;Nordlack GmbH;28195;Bremen;b@b.example;;XRechnung",
        "M0083;Wattgrund GmbH;28195;Bremen;c@b.example;;ZUGFeRD",
        "M0084;Deichwerke GmbH;28195;Bremen;d@b.example;04011000-1234512345-07;",
    )
    result = take_in(treasurer, csv(*rows, head="Nr;Firma;PLZ;Ort;E-Mail;Leitweg-ID;E-Rechnung"))
    assert [(row["invoice_format"], row["leitweg_id"]) for row in books(treasurer)] == [
        ("xrechnung", "04011000-1234512345-06"), ("xrechnung", None), ("zugferd", None),
    ]  # fmt: skip
    (problem,) = members.rejected_problems(result["rejected"])
    assert (problem.row, problem.column) == (5, "Leitweg-ID")


def test_good_rows_are_taken_in_and_bad_ones_named(app, treasurer):
    result = take_in(treasurer, csv(HANSA, NORD, BAD))
    assert (result["new"], result["changed"], result["unchanged"]) == (2, 0, 0)
    (problem,) = members.rejected_problems(result["rejected"])
    assert (problem.row, problem.column, problem.found) == (4, "MA", "> 1000")
    first, second = books(treasurer)
    assert first | {"contacts": None} == {
        "number": "M0081", "name": "Hansa Blechformteile GmbH", "legal_form": "GmbH", "category": "ORD", "state": "active",
        "start": "2014-04-01", "end": None, "decided_on": None,
        "address": {"extra": None, "street": None, "postcode": "26382", "city": "Musterhafen", "country": "DE"},
        "invoice_email": "info@hansa.example", "phone": None, "vat_id": None, "leitweg_id": None, "order_number": None, "cost_centre": None,
        "invoice_address": None, "register_entry": None, "tax_number": None,
        "invoice_format": "zugferd", "order_wish": "none", "invoice_way": "mail",
        "language": "de", "payment_method": "transfer", "iban": "DE•• •••• 2051", "account_holder": None, "founded": None,
        "note": None, "group": None, "attributes": [], "basis": {"headcount": "126"}, "origin": {"headcount": "declared"},
        "contacts": None, "agreed": None, "override": None, "open": "600.00", "credit": "0.00",
    }  # fmt: skip
    assert (second["category"], second["start"], second["open"]) == ("FOE", "2009-01-01", "0.00")


def test_the_amount_of_last_year_and_what_is_owed_come_along(app, treasurer):
    take_in(treasurer, csv(HANSA))
    session = read_as(treasurer)
    (previous,) = session.execute(select(PreviousDues)).scalars()
    assert (previous.dues_year, previous.amount_cents) == (2026, 180000)
    (owed,) = session.execute(select(OpenItem)).scalars()
    assert (owed.reference, owed.dues_year, owed.open_cents) == ("VORTRAG2026-M0081", 2026, 60000)
    assert owed.due_on == date(2026, 12, 31)


def test_the_same_list_again_changes_nothing_on_a_later_day_too(app, treasurer):
    take_in(treasurer, csv(HANSA, NORD))
    before = books(treasurer)
    again = take_in(treasurer, csv(HANSA, NORD), today=date(2027, 3, 1))
    assert again == {"import": None, "new": 0, "changed": 0, "unchanged": 2, "rejected": []}
    assert books(treasurer) == before
    assert len(read_as(treasurer).execute(select(MemberImport.id)).all()) == 1


def test_a_list_changes_only_what_it_says(app, treasurer):
    take_in(treasurer, csv(HANSA))
    result = take_in(treasurer, csv("M0081;;Bremen", head="Nr;Firma;Ort"))
    assert {problem["row"] for problem in result["rejected"]} == {2}  # a row without a name is no member
    result = take_in(
        treasurer, csv("M0081;Hansa Blechformteile GmbH;28195;Bremen;;140", head="Nr;Firma;PLZ;Ort;E-Mail;MA")
    )
    assert (result["changed"], result["rejected"]) == (1, [])
    (member,) = books(treasurer)
    assert (member["address"]["city"], member["invoice_email"], member["basis"]) == (
        "Bremen", "info@hansa.example", {"headcount": "140"},
    )  # fmt: skip
    assert read_as(treasurer).execute(select(BasisValue.value)).scalars().all() == [Fraction(140)]


def test_a_known_member_without_number_is_found_by_name_and_postcode(app, treasurer):
    take_in(treasurer, csv(HANSA))
    head = "Firma;PLZ;Ort;MA"
    result = take_in(
        treasurer,
        csv(
            "HANSA Blechformteile gmbh;26382;Musterhafen;126",
            "Hansa Blechformteile GmbH;28195;Bremen;9",
            head=head,
        ),
    )
    assert (result["new"], result["changed"]) == (1, 1)
    assert [member["number"] for member in books(treasurer)] == ["M0081", "M0082"]


def test_a_known_company_under_another_number_is_rejected_and_both_numbers_named(app, treasurer):
    take_in(treasurer, csv(HANSA))
    result = take_in(treasurer, csv(HANSA.replace("M0081", "M0099")))
    (problem,) = members.rejected_problems(result["rejected"])
    assert Wording("en").value(problem.problem) == (
        "This company is in the books as M0081 already; the list calls it M0099."
    )


def test_known_members_are_left_alone_when_that_is_wanted(app, treasurer):
    take_in(treasurer, csv(HANSA))
    result = take_in(treasurer, csv(HANSA.replace("126", "140")), known=KnownMembers.SKIP)
    assert (result["changed"], result["unchanged"]) == (0, 1)


def test_a_year_in_the_heading_dates_the_size(app, treasurer):
    take_in(treasurer, csv("Hansa GmbH;28195;Bremen;80", head="Firma;PLZ;Ort;MA 2025"))
    (value,) = read_as(treasurer).execute(select(BasisValue)).scalars()
    assert value.as_of == date(2025, 12, 31)
    take_in(treasurer, csv("Hansa GmbH;28195;Bremen;88", head="Firma;PLZ;Ort;MA"))
    assert (
        take_in(treasurer, csv("Hansa GmbH;28195;Bremen;80", head="Firma;PLZ;Ort;MA 2025"))["unchanged"] == 1
    )


def test_members_without_a_category_get_the_one_that_was_named(app, treasurer):
    take_in(treasurer, csv("Hansa GmbH;28195;Bremen", head="Firma;PLZ;Ort"), category="ORD")
    assert books(treasurer)[0]["category"] == "ORD"


def test_a_former_member_that_joins_again_gets_a_second_period(app, treasurer):
    head = "Firma;PLZ;Ort;Eintritt;Austritt"
    take_in(treasurer, csv("Hansa GmbH;28195;Bremen;01.01.2010;31.12.2020", head=head))
    take_in(treasurer, csv("Hansa GmbH;28195;Bremen;01.01.2026;", head=head))
    record = queries.find_record(read_as(treasurer), "M0001", today=TODAY, year=2027)
    assert [(period.start, period.end) for period in record.periods] == [
        (date(2010, 1, 1), date(2020, 12, 31)),
        (date(2026, 1, 1), None),
    ]
    assert record.state is MemberState.ACTIVE


def test_the_office_takes_in_members_but_books_nothing(app, treasurer):
    take_in(person(Role.OFFICE), csv(HANSA))
    assert books(treasurer)[0]["open"] == "0.00"


def test_undoing_an_import_of_new_members_takes_them_out_and_reverses_what_was_booked(app, treasurer):
    number = take_in(treasurer, csv(HANSA, NORD))["import"]
    assert write(treasurer, members.undo_import, number, today=TODAY) == 2
    session = read_as(treasurer)
    assert [(member["number"], member["state"], member["open"]) for member in books(treasurer)] == [
        ("M0081", "rejected", "0.00")  # its entries stay in the ledger, so its row stays too
    ]
    assert session.execute(select(OpenItem.open_cents)).scalars().all() == [0]
    with pytest.raises(AlreadyDone):
        write(treasurer, members.undo_import, number, today=TODAY)


def test_a_list_can_be_taken_in_again_after_its_undo(app, treasurer):
    first = take_in(treasurer, csv(HANSA, NORD))
    before = books(treasurer)
    write(treasurer, members.undo_import, first["import"], today=TODAY)
    again = take_in(treasurer, csv(HANSA, NORD))
    assert (again["new"], again["changed"]) == (1, 1)
    assert books(treasurer) == before


def test_undoing_a_change_gives_back_what_stood_there(app, treasurer):
    take_in(treasurer, csv(HANSA))
    before = books(treasurer)
    changed = (
        "M0081;HANSA Blechformteile AG;Fördermitglied;28195;Bremen;neu@hansa.example;140;01.04.2015;1.900,00;700,00;DE89370400440532013000;"
        "Hansa Gruppe;Jonas Tewes"
    )
    number = take_in(treasurer, csv(changed, head=HEAD + ";Konzern;Ansprechpartner"))["import"]
    assert books(treasurer) != before
    write(treasurer, members.undo_import, number, today=TODAY)
    assert books(treasurer) == before
    assert read_as(treasurer).execute(select(PreviousDues.amount_cents)).scalars().all() == [180000]


def test_an_undo_leaves_alone_what_somebody_changed_since(app, treasurer):
    take_in(treasurer, csv(HANSA))
    number = take_in(treasurer, csv(HANSA.replace("Musterhafen", "Bremen").replace("info@", "neu@")))[
        "import"
    ]
    write(treasurer, members.change_member, "M0081", {"city": "Oldenburg"})
    write(treasurer, members.undo_import, number, today=TODAY)
    member = books(treasurer)[0]
    assert (member["address"]["city"], member["invoice_email"]) == ("Oldenburg", "info@hansa.example")


def test_an_import_with_an_invoice_or_a_later_import_cannot_be_undone(app, treasurer):
    first = take_in(treasurer, csv(HANSA, NORD))["import"]
    second = take_in(treasurer, csv(HANSA.replace("126", "140")))["import"]
    with pytest.raises(LaterImport, match=f"Import {second} came after"):
        write(treasurer, members.undo_import, first, today=TODAY)
    make_association(treasurer)
    bill_year(treasurer)
    with pytest.raises(ImportInUse) as refused:
        write(treasurer, members.undo_import, second, today=TODAY)
    assert (refused.value.values["number"], refused.value.values["what"].message) == ("M0081", "an invoice")


def test_an_import_can_be_undone_after_the_later_one_was(app, treasurer):
    first = take_in(treasurer, csv(HANSA))["import"]
    second = take_in(treasurer, csv(HANSA.replace("126", "140")))["import"]
    write(treasurer, members.undo_import, second, today=TODAY)
    write(treasurer, members.undo_import, first, today=TODAY)
    assert [member["state"] for member in books(treasurer)] == ["rejected"]  # its open amount was booked back


def test_inv_27_no_table_holds_an_iban_of_a_list_in_clear(app, treasurer):
    bad = HANSA.replace("M0081", "M0099").replace("202051", "202052").replace("Hansa", "Anders")
    take_in(treasurer, csv(HANSA, bad))
    take_in(treasurer, csv(HANSA.replace("DE02120300000000202051", "DE89370400440532013000")))
    session = read_as(treasurer)
    for table in (
        "members",
        "member_imports",
        "member_import_rows",
        "audit_records",
        "audit_values",
        "chain_links",
    ):
        found = repr(session.execute(text(f"SELECT * FROM {table}")).all())
        for iban in ("DE02120300000000202051", "DE02120300000000202052", "DE89370400440532013000"):
            assert iban not in found, table


def test_the_rejected_rows_come_back_as_a_file_that_can_be_imported_again(app, treasurer):
    data = csv(HANSA, BAD)
    found = files.read_list(read_as(treasurer), data, files.Reading(), filename="liste.csv", today=TODAY)
    plan = members.plan_import(read_as(treasurer), found.members, ImportRules(today=TODAY))
    file = files.rejected_file(found, plan, words=Wording("de"), name="fehler", created=treasurer.at)
    again = files.read_list(
        read_as(treasurer), file.content, files.Reading(), filename=file.name, today=TODAY
    )
    assert [draft.name for draft in again.members.drafts] == []
    assert [problem.found for problem in again.members.problems] == ["> 1000"]
    assert "Problem" in [column.heading for column in again.mapping.columns]


def test_the_sample_list_can_be_imported_as_it_stands(app, treasurer):
    for language in ("de", "en"):
        file = files.sample_file(Wording(language))
        found = files.read_list(
            read_as(treasurer), file.content, files.Reading(), filename=file.name, today=TODAY
        )
        assert (len(found.members.drafts), found.members.problems) == (2, ())


EXPECTED = {
    "01-office-list.xlsx": (7, 4),
    "02-two-head-rows.xlsx": (8, 3),
    "03-cp1252-semicolon.csv": (8, 4),
    "04-english-utf8-bom.csv": (5, 5),
    "05-utf16-tab.csv": (6, 1),
}


@pytest.mark.samples
@pytest.mark.parametrize("name", EXPECTED)
def test_the_sample_lists_give_the_figures_of_their_readme_and_nothing_new_the_second_time(
    app, treasurer, name
):
    data = (Path(SAMPLES) / "members" / name).read_bytes()
    first = take_in(treasurer, data, name=name)
    assert (first["new"], len(first["rejected"])) == EXPECTED[name]
    again = take_in(treasurer, data, name=name)
    assert (again["import"], again["new"], again["changed"], again["unchanged"]) == (None, 0, 0, first["new"])
    former = [member for member in books(treasurer) if member["state"] == "ended"]
    assert all(member["end"] < "2027" for member in former)


names = st.sampled_from(["Hansa GmbH", "HANSA gmbh", "Nordlack AG", "Łódź Sp. z o.o.", "Österwiek KG"])
rows = st.lists(
    st.tuples(
        st.sampled_from(["", "M0001", "M0002", "7", "A-9"]),
        names,
        st.sampled_from(["", "Ordentlich", "Fördermitglied"]),
        st.sampled_from(["28195", "26382", ""]),
        st.sampled_from(["", "a@b.example", "c@d.example; e@f.example"]),
        st.sampled_from(["", "12", "1.250", "ca. 30"]),
        st.sampled_from(["", "2014", "31.12.2019", "1.1.2027"]),
        st.sampled_from(["", "31.12.2024", "31.12.2027"]),
        st.sampled_from(["", "aktiv", "ruhend", "Antrag"]),
        st.sampled_from(["", "Anke Cordes", "Frau Birte Brandt"]),
        st.sampled_from(["", "1.800,00", "0"]),
        st.sampled_from(["", "600,00", "0,00", "-5,00"]),
        st.sampled_from(["", "Hansa Gruppe", "hansa gruppe"]),
    ),
    min_size=1,
    max_size=5,
)
PROPERTY_HEAD = (
    "Nr;Firma;Kategorie;PLZ;E-Mail;MA;Eintritt;Austritt;Status;Ansprechpartner;Beitrag 2026;offen;Konzern"
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lists=st.lists(rows, min_size=1, max_size=2))
def test_any_list_twice_changes_nothing_the_second_time_and_its_undo_restores(sqlite_app, treasurer, lists):
    write(treasurer, _forget_everything)
    for number, rows_of_list in enumerate(lists):
        data = csv(*(";".join(row) for row in rows_of_list), head=PROPERTY_HEAD)
        before = books(treasurer)
        first = take_in(treasurer, data)
        after = books(treasurer)
        again = take_in(treasurer, data)
        assert (again["new"], again["changed"], again["import"]) == (0, 0, None)
        assert books(treasurer) == after
        if number == len(lists) - 1 and first["import"] is not None:
            write(treasurer, members.undo_import, first["import"], today=TODAY)
            known = {member["number"] for member in before}
            left = [member for member in books(treasurer) if member["number"] in known]
            assert left == before
            others = [member for member in books(treasurer) if member["number"] not in known]
            assert {member["state"] for member in others} <= {"rejected"}


def _forget_everything(session):
    """Begin the next example with empty books: the rows of members go by undoing what came before."""
    while True:
        newest = session.execute(
            select(MemberImport.id).where(MemberImport.undone_at.is_(None)).order_by(MemberImport.id.desc())
        ).scalars().first()  # fmt: skip
        if newest is None:
            return
        members.undo_import(session, newest, today=TODAY)


def test_the_plan_says_what_will_change(app, treasurer):
    take_in(treasurer, csv(HANSA))
    data = csv(HANSA.replace("126", "140"))
    found = files.read_list(read_as(treasurer), data, files.Reading(), filename="liste.csv", today=TODAY)
    (planned,) = members.plan_import(read_as(treasurer), found.members, ImportRules(today=TODAY)).members
    assert planned.effect is Effect.CHANGED
    assert [(change.key, change.old, change.new) for change in planned.changes] == [("headcount", 126, 140)]
    assert read_as(treasurer).execute(select(Member.version)).scalar_one() == 1


def test_a_broken_file_is_one_sentence(app, treasurer):
    with pytest.raises(Exception, match="PDF"):
        files.read_list(read_as(treasurer), b"%PDF-1.7 ...", files.Reading(), filename="a.csv", today=TODAY)
