"""Run tests with one module changed as it is imported: `python -m tests.money_core.afresh MODULE PLACE`, tests on stdin."""

from __future__ import annotations

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import CodeType, ModuleType

import pytest

from tests.money_core.core import ONLY_SQLITE, ROOT
from tests.money_core.mutations import Source


class _Changed(MetaPathFinder, Loader):
    """Finds the one module and gives it other code."""

    def __init__(self, name: str, path: str, code: CodeType) -> None:
        self.name, self.path, self.code = name, path, code

    def find_spec(self, fullname: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        return spec_from_loader(
            fullname, self, origin=self.path, is_package=self.path.endswith("__init__.py")
        )

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = self.path
        exec(self.code, module.__dict__)  # noqa: S102 - the module's own code with one change


def main(module: str, place: int, tests: list[str]) -> int:
    """Return pytest's exit code."""
    source = Source(module, (ROOT / module).read_text(), str(ROOT / module))
    name = module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    sys.meta_path.insert(0, _Changed(name, source.path, source.compiled(source.mutants[place])))
    return int(pytest.main(["-x", "--hypothesis-seed=0", *ONLY_SQLITE, *tests]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), sys.stdin.read().splitlines()))
