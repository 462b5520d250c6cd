"""The member pages: import in its steps, the list, the record."""

from __future__ import annotations

from membership.domain.policy import Role


def test_a_missing_member_is_not_found_and_the_office_may_import(web, treasurer_browser):
    assert treasurer_browser.get("/treasurer/members/M9999").status_code == 404
    assert web.signed_in(Role.OFFICE).get("/treasurer/members/import").status_code == 200
    assert web.signed_in(Role.BOARD).get("/treasurer/members/import").status_code == 403
