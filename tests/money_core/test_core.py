"""The proofs of the money core can fail: mutants are made where they should be, and a test that sees nothing lets them live."""

from __future__ import annotations

import ast

import pytest

from tests.money_core.core import ROOT, parts, survivors
from tests.money_core.mutations import Source, functions_of
from tests.money_core.trying import Trying

TEXT = '''
"""Nothing of this sentence changes."""
LIMIT = 3

def price(count: int, rebate: bool = False) -> int:
    """Nor of this one."""
    assert count >= 0
    if rebate and count > LIMIT:
        return count * 2 - 1
    raise ValueError(N_("too few"))

class Case:
    name = "case"

    def fits(self, value):
        return not (value is None)

    def words(self):
        return phrase("more than %(n)s", n=4)
'''


@pytest.fixture
def source():
    return Source("price.py", TEXT, "price.py")


def test_every_place_that_counts_is_changed_and_nothing_that_only_speaks(source):
    assert [(mutant.function, mutant.what) for mutant in source.mutants] == [
        ("", "3 -> 4"),
        (".price", "False -> True"),
        ("price", "and -> or"),
        ("price", "> -> >="),
        ("price", "returns None"),
        ("price", "* -> /"),
        ("price", "2 -> 3"),
        ("price", "- -> +"),
        ("price", "1 -> 2"),
        ("price", "raise left out"),
        ("Case.fits", "returns None"),
        ("Case.fits", "not -> nothing"),
        ("Case.fits", "is -> is not"),
        ("Case.words", "returns None"),
        ("Case.words", "4 -> 5"),
    ]


def test_a_mutant_is_one_change_and_is_undone(source):
    before = ast.unparse(source.tree)
    for mutant in source.mutants:
        source.compiled(mutant)
        assert ast.unparse(source.tree) == before
    namespace = {"N_": str}
    sign = next(mutant for mutant in source.mutants if mutant.what == "> -> >=")
    exec(source.compiled(sign), namespace)  # noqa: S102 - the text above
    assert namespace["price"](3, rebate=True) == 5


def test_the_code_of_a_function_is_found_by_its_name(source):
    assert set(functions_of(compile(TEXT, "price.py", "exec"))) == {"price", "Case.fits", "Case.words"}


def test_every_mutant_of_the_money_core_stands_in_a_function_that_is_found():
    count = 0
    for part in parts():
        for name in part.modules:
            source = Source(name, (ROOT / name).read_text(), str(ROOT / name))
            known = functions_of(compile(source.tree, name, "exec"))
            for mutant in source.mutants:
                assert mutant.runs_at_import or mutant.function in known, mutant
                count += 1
    assert count > 3000


def test_every_survivor_that_is_excused_is_a_mutant_still_and_has_its_reason():
    named = {name for part in parts() for name in part.modules}
    made = {
        mutant.key
        for module in {key[0] for key in survivors()}
        for mutant in Source(module, (ROOT / module).read_text(), str(ROOT / module)).mutants
        if module in named
    }
    assert survivors().keys() - made == set()
    assert [key for key, why in survivors().items() if len(why.split()) < 4] == []


def test_a_try_that_breaks_says_why_and_never_unwinds_into_what_is_its_parents(tmp_path):
    class Broken(Trying):
        def _try(self, *_given):
            raise SystemExit(0)

    assert Broken({}, [], jobs=1)._guarded(None, None, [], str(tmp_path)) == 99
    assert "SystemExit" in (tmp_path / "broken.txt").read_text()


def test_the_makefile_has_both_proofs():
    makefile = (ROOT / "Makefile").read_text()
    assert "tests.money_core coverage" in makefile
    assert "tests.money_core mutants" in makefile
