"""The rule of a category on its page: every method and option in fields, its effect before it is saved."""

from __future__ import annotations

import re

import pytest

from membership.domain.policy import Role
from tests.factories import make_association, make_member
from tests.web.treasurer.fee_schedules import START, changed, from_example, stored, text_of, uploaded


@pytest.fixture
def browser(web):
    return web.signed_in(Role.TREASURER)


@pytest.fixture
def draft(browser):
    return from_example(browser).location


def fields_of(page):
    """Return what a form would send: inputs, chosen options, ticked boxes and texts."""
    form = page.text[page.text.index("data-editor") :]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        is_box = 'type="checkbox"' in tag
        if name and (not is_box or " checked" in tag):
            found[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option[^>]*selected[^>]*value="([^"]*)"', options) or re.search(
            r'<option[^>]*value="([^"]*)"[^>]*selected', options
        )
        first = re.search(r'<option[^>]*value="([^"]*)"', options)
        found[name] = (chosen or first)[1] if first else ""
    found.pop("csrf_token", None)
    found.pop("form_token", None)
    found.pop("code", None)
    return {**found, "version": re.search(r'name="version" value="(\d+)"', page.text)[1]}


def typed(browser, address, **changes):
    return {**fields_of(browser.get(address)), "action": "save", **changes}


def rule_of(browser, draft, code="ORD"):
    return stored(browser, draft)["categories"][code]


@pytest.mark.parametrize("code", ["ORD", "SCI", "FOE", "STA", "EHR"])
def test_a_rule_that_is_opened_and_saved_stays_as_it_is(browser, draft, code):
    before = rule_of(browser, draft, code)
    page = f"{draft}/categories/{code}"
    assert browser.send(page, **typed(browser, page)).status_code == 303
    after = rule_of(browser, draft, code)
    plain = [{**row, "from": str(row["from"])} for row in before.get("rows", [])]
    assert {**after, "tax": "O"} == {**before, "tax": "O", **({"rows": plain} if plain else {})}


def test_amounts_bounds_and_labels_of_a_table_are_changed(browser, draft):
    page = f"{draft}/categories/ORD"
    rows = {
        "rows-0-amount": "350,00",
        "rows-4-start": "",
        "rows-4-amount": "",
        "rows-5-start": "> 500",
        "rows-5-amount": "9.600",
    }
    assert browser.send(page, **typed(browser, page, **rows, **{"rows-1-label": "Klein"})).status_code == 303
    assert rule_of(browser, draft)["rows"] == [
        {"from": "0", "amount": "350.00"},
        {"from": "10", "amount": "600.00", "label": "Klein"},
        {"from": "50", "amount": "1200.00"},
        {"from": "250", "amount": "2400.00"},
        {"from": "500", "exclusive": True, "amount": "9600.00"},
    ]
    assert 'value="&gt; 500"' in browser.get(page).text


@pytest.mark.parametrize(
    ("rows", "said", "field"),
    [
        ({"rows-1-start": "0"}, "Die Stufen müssen steigen", "rows-1-start"),
        ({"rows-1-amount": "1.234,5x"}, "„1.234,5x“ ist kein Betrag", "rows-1-amount"),
        ({"rows-1-start": ""}, "Bitte füllen Sie dieses Feld aus", "rows-1-start"),
        ({"cap": "viel"}, "ist kein Betrag", "cap"),
    ],
)
def test_what_is_wrong_is_said_above_and_at_its_field_and_nothing_is_kept(browser, draft, rows, said, field):
    page = f"{draft}/categories/ORD"
    answer = browser.send(page, **typed(browser, page, **rows))
    assert answer.status_code == 422
    summary = answer.text[answer.text.index("data-error-summary") :]
    assert f'href="#{field}"' in summary[: summary.index("</div>")]
    assert text_of(answer).count(said) >= 2
    assert f'value="{rows[field]}"' in answer.text
    assert rule_of(browser, draft)["rows"][1] == {"from": 10, "amount": "600.00"}


def test_the_effect_and_the_marks_come_before_saving(browser, draft, treasurer):
    make_association(treasurer)
    make_member(treasurer, number="M0001", headcount=37)
    page = f"{draft}/categories/ORD"
    rows = {"rows-1-amount": "5.000,00", "rows-0-start": "3", "rows-2-amount": "100"}
    answer = browser.send(page, **typed(browser, page, **rows, action="preview"))
    shown = text_of(answer)
    assert answer.status_code == 200
    assert "5.000,00 €" in shown
    assert "Die Staffel beginnt bei 3 Beschäftigte" in shown
    assert "springt der Beitrag" in shown
    assert "nicht über dem der Stufe davor" in shown
    assert rule_of(browser, draft)["rows"][1]["amount"] == "600.00"
    assert '<td class="number figures muted" data-live="row-0-to">9</td>' in re.sub(
        r"\s+", " ", answer.text
    ).replace("> ", ">").replace(" <", "<")


def test_a_pasted_table_takes_the_place_of_the_rows(browser, draft):
    page = f"{draft}/categories/ORD"
    pasted = "bis 10  400,00\n11-50  900,00\n52-100  1.600,00\nab 101  2.100,00"
    answer = browser.send(page, **typed(browser, page, pasted=pasted, action="paste"))
    assert "Zwischen 50 und 52 fehlt 51." in text_of(answer)
    sent = {**fields_of(answer), "action": "save"}
    assert browser.send(page, **sent).status_code == 303
    rows = rule_of(browser, draft)["rows"]
    assert [(row["from"], row["amount"]) for row in rows] == [
        ("0", "400.00"), ("11", "900.00"), ("52", "1600.00"), ("101", "2100.00"),
    ]  # fmt: skip


def test_a_text_without_a_table_is_refused_at_its_field(browser, draft):
    page = f"{draft}/categories/ORD"
    answer = browser.send(page, **typed(browser, page, pasted="Unsere Beiträge", action="paste"))
    assert "In diesem Text steht keine Stufe" in text_of(answer)
    assert "Unsere Beiträge" in answer.text
    assert fields_of(answer)["rows-0-amount"] == "300,00"


def test_buttons_add_rows_discounts_and_rates_without_script(browser, draft):
    page = f"{draft}/categories/ORD"
    for action, field in (
        ("add", "rows-5-start"),
        ("rates", "rows-0-rate"),
        ("discount", "discounts-0-code"),
    ):
        assert f'name="{field}"' in browser.send(page, **typed(browser, page, action=action)).text


@pytest.mark.parametrize(
    ("method", "fields", "said"),
    [
        ("FREE", {}, "Beitragsfrei"),
        ("FIXED", {"amount": "480"}, "Fester Betrag von 480,00 €"),
        (
            "BANDS_MARGINAL",
            {"base": "240", "rows-0-rate": "6,50", "rows-1-start": "101", "rows-1-rate": "3,20"},
            "240,00 €",
        ),
        ("FACTOR_OF", {"category": "SCI", "factor": "0,5"}, "50 % des Beitrags"),
        ("AGREED", {"minimum": "800"}, "mindestens 800,00 €"),
    ],
)
def test_every_method_is_chosen_and_filled_in(browser, draft, method, fields, said):
    browser.send(f"{draft}/categories/STA", **typed(browser, f"{draft}/categories/STA", method="FREE"))
    page = f"{draft}/categories/ORD"
    shape = browser.send(page, **typed(browser, page, method=method, action="show"))
    sent = {**fields_of(shape), **{f"rows-{n}-{key}": "" for n in range(5) for key in ("start", "amount")}}
    sent |= {"rows-0-start": "1"} if method == "BANDS_MARGINAL" else {}
    assert browser.send(page, **{**sent, **fields, "action": "save"}).status_code == 303
    assert rule_of(browser, draft)["method"] == method
    assert said in text_of(browser.get(draft))


def test_several_parts_are_made_edited_added_and_taken_out(browser, draft):
    browser.send(f"{draft}/categories/STA", **typed(browser, f"{draft}/categories/STA", method="FREE"))
    page = f"{draft}/categories/ORD"
    answer = browser.send(page, **typed(browser, page, method="LOWER_OF"))
    assert answer.location == page
    assert [part["method"] for part in rule_of(browser, draft)["parts"]] == ["BANDS_FLAT", "BANDS_FLAT"]
    second = f"{page}?part=1"
    sent = browser.send(
        second,
        **typed(
            browser,
            second,
            basis="turnover_eur",
            **{"rows-1-start": "1.000.000"},
            **{f"rows-{n}-{key}": "" for n in (2, 3, 4) for key in ("start", "amount")},
        ),
    )
    assert sent.status_code == 303
    assert rule_of(browser, draft)["parts"][1]["basis"] == "turnover_eur"
    version = fields_of(browser.get(page))["version"]
    assert browser.send(f"{page}/parts", version=version).status_code == 303
    assert len(rule_of(browser, draft)["parts"]) == 3
    version = fields_of(browser.get(page))["version"]
    browser.send(f"{page}/parts", version=version, remove="2")
    assert len(rule_of(browser, draft)["parts"]) == 2
    version = fields_of(browser.get(page))["version"]
    browser.send(f"{page}/parts", version=version, remove="1")
    assert len(rule_of(browser, draft)["parts"]) == 2
    assert "mindestens zwei" in text_of(browser.get(page))


def test_a_discount_is_added_and_taken_out(browser, draft):
    page = f"{draft}/categories/ORD"
    one = {
        "discounts-0-code": "Gründung", "discounts-0-value": "50", "discounts-0-unit": "percent",
        "discounts-0-when_1": "company_age_at_joining_below", "discounts-0-value_1": "3",
        "discounts-0-when_2": "membership_year_max", "discounts-0-value_2": "2",
    }  # fmt: skip
    assert browser.send(page, **typed(browser, page, **one)).status_code == 303
    assert rule_of(browser, draft)["discounts"] == [
        {
            "code": "Gründung",
            "percent": "50",
            "when": {"company_age_at_joining_below": 3, "membership_year_max": 2},
        }
    ]
    browser.send(page, **typed(browser, page, **{"discounts-0-gone": "y"}))
    assert "discounts" not in rule_of(browser, draft)


def test_a_discount_with_rarer_words_stays_and_is_said_in_words(browser):
    document = changed(code="NEU-2027")
    rare = {"code": "lang", "percent": "10", "first_months": 6}
    document["categories"]["ORD"]["discounts"] = [rare]
    draft = uploaded(browser, document).location
    page = f"{draft}/categories/ORD"
    assert "10 % Ermäßigung in den ersten 6 Monaten" in text_of(browser.get(page))
    browser.send(page, **typed(browser, page, cap="9.000"))
    assert rule_of(browser, draft)["discounts"] == [rare]
    assert rule_of(browser, draft)["cap"] == "9000.00"


def test_two_people_at_once_see_both_versions_of_a_rule(browser, draft):
    page = f"{draft}/categories/SCI"
    mine = typed(browser, page, amount="700")
    browser.send(page, **typed(browser, page, amount="650"))
    answer = browser.send(page, **mine)
    assert answer.status_code == 409
    shown = text_of(answer)
    assert "Jemand anderes hat diesen Entwurf inzwischen geändert" in shown
    assert "650,00 €" in shown
    assert "700,00 €" in shown
    assert rule_of(browser, draft, "SCI")["amount"] == "650.00"
    assert browser.send(page, **{**mine, "version": fields_of(answer)["version"]}).status_code == 303
    assert rule_of(browser, draft, "SCI")["amount"] == "700.00"


def test_a_category_is_added_and_taken_out_unless_another_rests_on_it(browser, draft):
    added = browser.send(f"{draft}/categories", code="KOOP", version="1")
    assert added.location == f"{draft}/categories/KOOP"
    assert rule_of(browser, draft, "KOOP") == {"method": "FREE"}
    browser.send(f"{draft}/categories/KOOP/remove", version="2")
    assert "KOOP" not in stored(browser, draft)["categories"]
    browser.send(f"{draft}/categories/ORD/remove", version="3")
    assert "ORD" in stored(browser, draft)["categories"]
    assert "gibt es" in text_of(browser.get(draft))
    for code in ("NEIN", "ORD", ""):
        refused = browser.send(f"{draft}/categories", code=code, version="3")
        assert (refused.status_code, "field-error" in refused.text) == (422, True)
    assert "Kooperationspartner" in browser.get(f"{draft}/categories").text
    browser.send(f"{draft}/categories/SCI/remove", version="1")
    assert "SCI" in stored(browser, draft)["categories"]


def test_due_1_a_schedule_in_force_has_no_form_of_its_rules(browser, draft):
    browser.send(f"{draft}/activate")
    for page in ("categories/ORD", "rules", "sizes/headcount", "sizes"):
        assert browser.get(f"{draft}/{page}").location == draft
        assert browser.send(f"{draft}/{page}", version="1").location == draft
    for page in ("categories", "categories/ORD/remove", "categories/ORD/parts"):
        assert browser.send(f"{draft}/{page}", version="1").location == draft
    assert "Ändern" not in browser.get(draft).text


@pytest.mark.parametrize(
    "place", ["categories/NEIN", "categories/ORD?part=0", "categories/ORD?part=x", "sizes/beds"]
)
def test_what_is_not_there_is_not_found(browser, draft, place):
    assert browser.get(f"{draft}/{place}").status_code == 404


def test_general_rules_are_changed_and_wrong_ones_named(browser, draft):
    page = f"{draft}/rules"
    before = stored(browser, draft)
    assert browser.send(page, **typed(browser, page)).status_code == 303
    assert stored(browser, draft)["prorata"] == {**before["prorata"], "category_change": "next_year"}
    change = {
        "join": "HALF",
        "cutoff": "01.07.",
        "group_mode": "group_cap",
        "group_cap": "10.000",
        "missing": "next_band",
    }
    assert browser.send(page, **typed(browser, page, **change)).status_code == 303
    after = stored(browser, draft)
    assert (after["prorata"]["cutoff"], after["group"]["cap"], after["declaration"]["missing"]) == (
        "07-01",
        "10000.00",
        "next_band",
    )
    wrong = browser.send(
        page, **typed(browser, page, **{"instalments-0-day": "31.01.", "instalments-0-share": "1/2"})
    )
    assert wrong.status_code == 422
    assert 'href="#instalments-0-day"' in wrong.text
    assert "zusammen 1 ergeben" in text_of(wrong)


def test_sizes_get_a_day_and_weights_and_new_ones_are_added(browser, draft):
    page = f"{draft}/sizes/headcount"
    weights = {
        "is_weighted": "y",
        "weight_over_30h": "1",
        "weight_h20_30": "0,5",
        "reference": "dues_year",
        "day": "01.01.",
    }
    assert browser.send(page, **typed(browser, page, **weights)).status_code == 303
    found = stored(browser, draft)["bases"]["headcount"]
    assert (found["reference"], found["weights"]) == ("dues_year:01-01", {"over_30h": "1", "h20_30": "0.5"})
    wrong = browser.send(page, **typed(browser, page, day="bald"))
    assert (wrong.status_code, "ist kein Tag im Jahr" in text_of(wrong)) == (422, True)
    version = fields_of(browser.get(page))["version"]
    added = browser.send(f"{draft}/sizes", label="Betten", unit="Betten", version=version)
    assert added.location == f"{draft}/sizes/custom:betten"
    again = browser.send(f"{draft}/sizes", label="Betten", unit="", version=str(int(version) + 1))
    assert (again.status_code, "gibt es schon" in text_of(again)) == (422, True)
    assert "Betten" in browser.get(f"{draft}/categories/ORD").text


def test_sec_01_only_the_treasurer_edits_rules(web, draft):
    board = web.signed_in(Role.BOARD)
    assert "Ändern" not in board.get(draft).text
    for page in ("categories/ORD", "rules", "sizes/headcount", "sizes"):
        assert board.get(f"{draft}/{page}").status_code == 403
        assert board.send(f"{draft}/{page}").status_code == 403


def test_the_list_of_new_schedules_has_no_json_in_it(browser, draft):
    pages = [draft, f"{draft}/categories/ORD", f"{draft}/rules", f"{draft}/sizes/headcount", START]
    assert not any("JSON" in browser.get(page).text for page in pages)
