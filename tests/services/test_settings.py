"""Settings of the association: the account always belongs together, and nobody overwrites another one unseen."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from membership.domain.colours import ColourTooLight
from membership.domain.settings import BicContradicts
from membership.gateways.bank_directory import find_bank
from membership.persistence.db import read_as, rehearse, write
from membership.persistence.queries.settings import get_settings
from membership.services.settings import SeriesShared, SettingsChanged, change_settings

COMMERZBANK = "DE89370400440532013000"
DKB = "DE02120300000000202051"
ABROAD = "AT611904300234573201"


def account(actor):
    session = read_as(actor)
    session.rollback()
    values = get_settings(session).values
    return values["bank.iban"], values["bank.bic"], values["bank.name"]


def change(actor, **values):
    return write(actor, change_settings, {f"bank.{name}": value for name, value in values.items()})


@pytest.fixture
def at_commerzbank(app, treasurer):
    change(treasurer, iban=COMMERZBANK)
    assert account(treasurer) == (COMMERZBANK, "COBADEFFXXX", "Commerzbank Köln")
    return treasurer


def test_a_new_iban_alone_brings_bic_and_name_of_its_bank(at_commerzbank):
    changed = change(at_commerzbank, iban="DE02 1203 0000 0000 2020 51")
    assert account(at_commerzbank) == (DKB, "BYLADEM1001", "Deutsche Kreditbank Berlin")
    assert changed == ["bank.bic", "bank.iban", "bank.name"]


def test_a_new_iban_with_the_old_bic_and_name_beside_it_is_the_new_bank(at_commerzbank):
    change(at_commerzbank, iban=DKB, bic="COBADEFFXXX", name="Commerzbank Köln")
    assert account(at_commerzbank) == (DKB, "BYLADEM1001", "Deutsche Kreditbank Berlin")


def test_a_new_iban_that_the_directory_does_not_know_leaves_nothing_of_the_old_bank(at_commerzbank):
    change(at_commerzbank, iban=ABROAD, bic="COBADEFFXXX", name="Commerzbank Köln")
    assert account(at_commerzbank) == (ABROAD, "", "")


def test_what_is_typed_for_the_new_account_is_kept(at_commerzbank):
    change(at_commerzbank, iban=DKB, bic="BYLADEM1XXX", name="DKB Berlin")
    assert account(at_commerzbank) == (DKB, "BYLADEM1XXX", "DKB Berlin")
    change(at_commerzbank, iban=ABROAD, bic="BKAUATWW", name="Bank Austria")
    assert account(at_commerzbank) == (ABROAD, "BKAUATWW", "Bank Austria")


@pytest.mark.parametrize("values", [{"bic": "BYLADEM1001"}, {"iban": DKB, "bic": "GENODEF1S15"}])
def test_a_bic_of_another_bank_than_the_ibans_is_refused(at_commerzbank, values):
    with pytest.raises(BicContradicts):
        change(at_commerzbank, **values)
    assert account(at_commerzbank)[0] == COMMERZBANK


def test_an_account_that_is_not_touched_is_not_checked(at_commerzbank):
    write(at_commerzbank, change_settings, {"association.city": "Emden"})
    assert account(at_commerzbank)[1] == "COBADEFFXXX"


_CHOICES = st.sampled_from([None, "", COMMERZBANK, DKB, ABROAD])


@given(st.lists(st.tuples(_CHOICES, st.sampled_from([None, "", "COBADEFFXXX", "BYLADEM1001"])), max_size=4))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_in_which_order_the_bic_fits_the_iban(sqlite_app, treasurer, steps):
    def run(session):
        for iban, bic in steps:
            given = {"bank.iban": iban, "bank.bic": bic}
            try:
                change_settings(session, {key: value for key, value in given.items() if value is not None})
            except BicContradicts:
                continue
        values = get_settings(session).values
        return str(values["bank.iban"]), str(values["bank.bic"])

    iban, bic = rehearse(treasurer, run)
    bank = find_bank(iban) if iban else None
    assert not bank or not bic or bic[:8] == bank.bic[:8]


def test_a_colour_on_which_white_cannot_be_read_is_refused_wherever_it_comes_from(app, treasurer):
    with pytest.raises(ColourTooLight):
        write(treasurer, change_settings, {"association.brand_colour": "#FFFFFF"})


def test_what_somebody_else_changed_since_it_was_read_is_not_overwritten(app, treasurer):
    write(treasurer, change_settings, {"association.city": "Emden"})
    with pytest.raises(SettingsChanged):
        write(treasurer, change_settings, {"association.city": "Leer"}, seen={"association.city": ""})
    write(treasurer, change_settings, {"association.city": "Leer"}, seen={"association.city": "Emden"})
    assert get_settings(read_as(treasurer)).values["association.city"] == "Leer"


def test_invoices_and_corrections_never_share_their_numbers(app, treasurer):
    with pytest.raises(SeriesShared):
        write(treasurer, change_settings, {"invoice.correction_pattern": "RE{JJJJ}-{NNNN}"})
