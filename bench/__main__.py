"""Run the benchmarks named, or all of them, and print a line for each.

A benchmark is a module of this folder with `NAME`, `GOAL` (the largest ratio allowed) and `measure() -> Result`,
and `missing() -> str` where it needs a program that may not be installed.
Ends with 1 if a goal is missed.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from types import ModuleType

import bench


def found() -> Iterator[ModuleType]:
    """Yield the modules of this folder that are benchmarks, in the order of their names."""
    for info in sorted(pkgutil.iter_modules(bench.__path__), key=lambda info: info.name):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"bench.{info.name}")
        if hasattr(module, "NAME") and hasattr(module, "GOAL") and hasattr(module, "measure"):
            yield module


def main(names: list[str]) -> int:
    """Measure and print; return 1 if a goal is missed, 2 if a name is unknown."""
    modules = {module.NAME: module for module in found()}
    unknown = [name for name in names if name not in modules]
    if unknown:
        print(f"There is no benchmark {unknown[0]}. There are: {', '.join(modules)}.", file=sys.stderr)
        return 2
    is_missed = False
    for name, module in modules.items():
        if names and name not in names:
            continue
        if absent := getattr(module, "missing", str)():
            print(f"{name:<28} not measured, needs {absent}", flush=True)
            continue
        result = module.measure()
        print(result.line(name, module.GOAL), flush=True)
        is_missed = is_missed or result.median > module.GOAL
    return int(is_missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
