"""Which way an invitation leads to access, and what it can never take or give."""

from __future__ import annotations

import pytest

from membership.domain.companies import (
    InvitedOften,
    KnownAccount,
    TooManyToday,
    Way,
    require_few,
    role_after,
    way_to_accept,
)
from membership.domain.policy import Role

ADMIN, USER = Role.COMPANY_ADMIN, Role.COMPANY_USER


@pytest.mark.parametrize(
    ("account", "mailed", "shown"),
    [
        (None, Way.NEW, Way.NEW),
        (KnownAccount(is_active=True, has_password=True, is_staff=False), Way.ONE_CLICK, Way.SIGNED_IN),
        (KnownAccount(is_active=True, has_password=False, is_staff=False), Way.NEW, Way.CLOSED),
        (KnownAccount(is_active=True, has_password=True, is_staff=True), Way.ONE_CLICK, Way.CLOSED),
        (KnownAccount(is_active=True, has_password=False, is_staff=True), Way.CLOSED, Way.CLOSED),
        (KnownAccount(is_active=False, has_password=True, is_staff=False), Way.CLOSED, Way.CLOSED),
    ],
)
def test_only_a_mailed_invitation_has_shown_whose_the_address_is(account, mailed, shown):
    assert way_to_accept(account, is_mailed=True) is mailed
    assert way_to_accept(account, is_mailed=False) is shown


@pytest.mark.parametrize(
    ("held", "invited", "after"),
    [
        (None, USER, USER),
        (None, ADMIN, ADMIN),
        (USER, ADMIN, ADMIN),
        (ADMIN, USER, ADMIN),
        (USER, USER, USER),
    ],
)
def test_an_invitation_takes_no_role_away(held, invited, after):
    assert role_after(held, invited) is after


@pytest.mark.parametrize(
    ("invited", "refusal"),
    [(["a"] * 2, None), (["a"] * 3, InvitedOften), (["b"] * 29, None), (["b"] * 30, TooManyToday)],
)
def test_a_company_floods_nobody_with_invitations(invited, refusal):
    if refusal is None:
        require_few("a", invited)
    else:
        with pytest.raises(refusal):
            require_few("a", invited)
