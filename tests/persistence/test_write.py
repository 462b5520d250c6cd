"""One unit of work: it commits all or nothing, answers a form once, and leaves one link."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from membership.persistence import chain, form_tokens
from membership.persistence.db import read_as, write
from membership.persistence.models.chain import AuditRecord, AuditValue, ChainHead, ChainLink
from membership.persistence.models.settings import Setting
from membership.services.settings import change_settings


def test_a_change_of_settings_is_kept_with_its_audit_record(app, treasurer):
    write(treasurer, change_settings, {"association.name": "Musterverein e. V."})
    session = read_as(treasurer)
    assert session.get(Setting, "association.name").value == "Musterverein e. V."
    record = session.execute(select(AuditRecord).order_by(AuditRecord.id.desc())).scalars().first()
    assert (record.action, record.actor_key, record.reason) == (
        "settings.change",
        "user:1",
        "change_settings",
    )


def test_inv_33_a_use_case_that_fails_leaves_nothing(app, treasurer):
    def half(session):
        change_settings(session, {"association.name": "Halb"})
        message = "in the middle"
        raise RuntimeError(message)

    before = read_as(treasurer).execute(select(func.count()).select_from(ChainLink)).scalar_one()
    with pytest.raises(RuntimeError):
        write(treasurer, half)
    session = read_as(treasurer)
    assert session.get(Setting, "association.name").value == ""
    assert session.execute(select(func.count()).select_from(ChainLink)).scalar_one() == before


def test_the_same_form_twice_acts_once_and_gives_the_first_result(app, treasurer):
    actor = replace(treasurer, form_token="t-1")
    first = write(actor, change_settings, {"association.city": "Bremen"})
    second = write(actor, change_settings, {"association.city": "Bremen"})
    assert first == second == ["association.city"]
    with pytest.raises(form_tokens.TokenReused):
        write(actor, change_settings, {"association.city": "Oldenburg"})
    assert read_as(treasurer).get(Setting, "association.city").value == "Bremen"


def test_inv_07_each_unit_of_work_adds_one_link_to_the_chain(app, treasurer):
    head = read_as(treasurer).get(ChainHead, 1).seq
    write(treasurer, change_settings, {"association.city": "Emden"})
    write(treasurer, change_settings, {"association.city": "Emden"})
    session = read_as(treasurer)
    session.expire_all()
    assert session.get(ChainHead, 1).seq == head + 1


def test_inv_22_many_audit_records_of_a_unit_stand_in_order_and_each_has_its_own_values(app, treasurer):
    def noted(session):
        for number in range(40):
            values = {} if number % 3 else {"name": (number, -number)}
            chain.note(session, "test.note", "thing", number, facts={"number": number}, values=values)

    write(treasurer, noted)
    session = read_as(treasurer)
    rows = session.execute(
        select(AuditRecord.object_ref, AuditRecord.facts, AuditValue.old, AuditValue.new)
        .outerjoin(AuditValue, AuditValue.audit_id == AuditRecord.id)
        .where(AuditRecord.action == "test.note")
        .order_by(AuditRecord.id)
    ).all()
    assert [tuple(row) for row in rows] == [
        (str(n), {"number": n}, *((None, None) if n % 3 else (str(n), str(-n)))) for n in range(40)
    ]
    link = session.execute(select(ChainLink).order_by(ChainLink.seq.desc())).scalars().first()
    named = chain.read_payload(link.rows).rows
    kept = session.execute(select(AuditRecord.__table__).where(AuditRecord.action == "test.note")).mappings()
    assert [(row.table, row.key) for row in named] == [("audit_records", each["id"]) for each in kept]
    assert chain.faults(link) == {}
