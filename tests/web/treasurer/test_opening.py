"""The page of open amounts of earlier years: a list is checked, taken over, and one is taken back."""

from __future__ import annotations

import io

from membership.domain.policy import Role

AREA = "/treasurer/opening-items"
HEAD = "Mitglied;Nummer;Datum;Betrag\n"


def test_a_list_is_checked_taken_over_and_taken_back(web, billed):
    browser = web.signed_in(Role.TREASURER)

    def send(rows):
        return browser.send(AREA, files={"file": (io.BytesIO((HEAD + rows).encode()), "offen.csv")})

    refused = browser.send(AREA, files={"file": (io.BytesIO(b"a;b\n1;2\n"), "offen.csv")})
    assert (refused.status_code, "Überschriften" in refused.text) == (422, True)
    wrong = browser.get(send("M0001;ALT-1;31.12.2025;10,00\nM9999;ALT-2;31.12.2025;5\n").headers["Location"])
    assert "Es gibt kein Mitglied M9999." in wrong.text
    assert "Übernehmen" not in wrong.text.split("Wird übernommen")[-1]
    check = send("M0001;ALT-1;31.12.2025;10,00\n").headers["Location"]
    assert "ALT-1" in browser.get(check).text
    browser.send(check)
    assert "1 offener Betrag" in browser.get(AREA).text
    browser.send(f"{AREA}/take-back", number="ALT-1")
    assert "Zurückgenommen" in browser.get(AREA).text
