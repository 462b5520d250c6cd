"""Which addresses nobody but this machine can open."""

from __future__ import annotations

import pytest

from membership.domain.page_address import is_only_here


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8000", "http://127.0.0.53", "http://localhost:8301/", "http://beitrag.localhost",
        "http://LOCALHOST", "http://[::1]:8000", "http://0.0.0.0:8000",
    ],
)  # fmt: skip
def test_an_address_of_this_machine_is_only_here(address):
    assert is_only_here(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://beitrag.verein.example", "https://localhost.verein.example", "https://192.168.1.20",
        "https://[2001:db8::1]", "https://[", "",
    ],
)  # fmt: skip
def test_any_other_address_is_not(address):
    assert not is_only_here(address)
