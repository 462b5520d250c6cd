"""Every small change of a module that its tests should notice, as changes of its syntax tree.

Left out is what no test of behaviour can see or what other checks see: annotations, docstrings, decorators, `assert`,
sentences for people (`N_`, the message of `phrase`, f-strings: `tests/web/test_style.py` asks each for its
German), and names in enums and tables, which change for both sides at once.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any

from tests.money_core.core import Key

_COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_CALCULATED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
_JOINED = {ast.And: ast.Or, ast.Or: ast.And}
_NAMED = {"min": "max", "max": "min", "any": "all", "all": "any"}
_SIGNS = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.Is: "is",
    ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in", ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/",
    ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**", ast.BitOr: "|", ast.BitAnd: "&", ast.And: "and", ast.Or: "or",
}  # fmt: skip
_UNSEEN_FIELDS = {"annotation", "returns", "decorator_list"}
_UNSEEN_NODES = (ast.Assert, ast.JoinedStr, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal)
_PLAIN = (ast.Name, ast.Attribute, ast.Call)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Mutant:
    """One change: where it is, what it does, and how to make and undo it in the tree it was found in."""

    module: str
    function: str
    line: int
    what: str
    source: str
    set_to: Callable[[bool], None]

    @property
    def runs_at_import(self) -> bool:
        """Return whether the change is outside of functions, so that the module must be imported anew."""
        return _runs_at_import(self.function)

    @property
    def key(self) -> Key:
        """Return what names it in `survivors.toml`."""
        return self.module, self.function, self.what, self.source


class Source:
    """One module with all its mutants."""

    def __init__(self, module: str, text: str, path: str) -> None:
        self.module, self.path = module, path
        self.lines = text.splitlines()
        self.tree = ast.parse(text)
        self.mutants = list(self._of_body(self.tree, ""))

    def compiled(self, mutant: Mutant) -> CodeType:
        """Return the code of the module with this one change."""
        mutant.set_to(True)
        try:
            return compile(ast.fix_missing_locations(self.tree), self.path, "exec")
        finally:
            mutant.set_to(False)

    def _of_body(self, node: ast.AST, function: str) -> Iterator[Mutant]:
        """Yield the mutants below a node; `function` is the outermost function it lies in, "" at the top."""
        for name, value in ast.iter_fields(node):
            if name in _UNSEEN_FIELDS or (isinstance(node, ast.AnnAssign) and name == "target"):
                continue
            children = value if isinstance(value, list) else [value]
            for place, child in enumerate(children):
                if not isinstance(child, ast.AST) or _is_unseen(child) or _is_message(node, child):
                    continue
                is_name = isinstance(child, ast.Constant) and isinstance(child.value, str)
                for what, new in () if is_name and _runs_at_import(function) else _changes(child):
                    yield self._mutant(
                        node, name, place if isinstance(value, list) else None, child, new, what, function
                    )
                yield from self._of_body(child, _inside(child, function))

    def _mutant(
        self,
        owner: ast.AST,
        name: str,
        place: int | None,
        old: ast.AST,
        new: ast.AST,
        what: str,
        function: str,
    ) -> Mutant:
        line = getattr(old, "lineno", getattr(owner, "lineno", 1))
        return Mutant(
            self.module,
            function,
            line,
            what,
            self.lines[line - 1].strip(),
            _setter(owner, name, place, old, ast.copy_location(new, old) if hasattr(old, "lineno") else new),
        )


def _runs_at_import(function: str) -> bool:
    return not function or function.startswith(".")


def _setter(
    owner: ast.AST, name: str, place: int | None, old: ast.AST, new: ast.AST
) -> Callable[[bool], None]:
    def set_to(is_changed: bool) -> None:
        value: Any = new if is_changed else old
        if place is None:
            setattr(owner, name, value)
        else:
            getattr(owner, name)[place] = value

    return set_to


def _inside(child: ast.AST, function: str) -> str:
    """Return the function that the parts of `child` belong to: `.Class` for a class body, `Class.method` inside.

    With a dot in front it is code that runs when the module is imported; default values are such code too.
    """
    if isinstance(child, ast.arguments):
        return f".{function.removeprefix('.')}"
    if function and not function.startswith("."):
        return function
    if isinstance(child, ast.ClassDef):
        return f"{function or '.'}{'.' if function else ''}{child.name}"
    if isinstance(child, _FUNCTIONS):
        return f"{function.removeprefix('.')}.{child.name}".removeprefix(".")
    return function


def _is_unseen(node: ast.AST) -> bool:
    if isinstance(node, _UNSEEN_NODES):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets
    ):
        return True
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"N_", "Phrase"}


def _is_message(owner: ast.AST, child: ast.AST) -> bool:
    """Return whether a text is the sentence of `phrase`; its values are no sentence."""
    is_phrase = isinstance(owner, ast.Call) and isinstance(owner.func, ast.Name) and owner.func.id == "phrase"
    return is_phrase and isinstance(child, ast.Constant) and child in owner.args


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield (what changes, the node instead) for one node."""
    yield from _other_signs(node)
    yield from _other_values(node)
    yield from _other_steps(node)


def _other_signs(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for table in (_COMPARED, _CALCULATED, _JOINED):
        if type(node) in table:
            new = table[type(node)]
            yield f"{_SIGNS[type(node)]} -> {_SIGNS[new]}", new()
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "not -> nothing", operand
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield "minus -> nothing", operand


def _other_values(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Constant(value=bool() as value):
            yield f"{value} -> {not value}", ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield f"{value} -> {value + 1}", ast.Constant(value + 1)
        case ast.Constant(value=str() as value) if value:
            yield "another text", ast.Constant(value + "~")
        case ast.Call(func=ast.Name(id=name)) if name in _NAMED:
            instead = ast.copy_location(ast.Name(_NAMED[name], ast.Load()), node)
            yield f"{name} -> {_NAMED[name]}", ast.Call(instead, node.args, node.keywords)


def _other_steps(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Return(value=ast.Constant(value=None) | None):
            return
        case ast.Return():
            yield "returns None", ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call()):
            yield "call left out", ast.Pass()
        case ast.Raise():
            yield "raise left out", ast.Pass()
        case ast.Continue():
            yield "continue -> break", ast.Break()
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) if isinstance(test, _PLAIN):
            yield "condition turned round", _negated(node)
        case ast.comprehension(ifs=[only]) if isinstance(only, _PLAIN):
            negated = ast.UnaryOp(ast.Not(), only)
            yield (
                "condition turned round",
                ast.comprehension(node.target, node.iter, [negated], node.is_async),
            )


def _negated(node: ast.If | ast.IfExp | ast.While) -> ast.AST:
    test = ast.copy_location(ast.UnaryOp(ast.Not(), node.test), node.test)
    return type(node)(test, node.body, node.orelse)


def functions_of(code: CodeType) -> dict[str, CodeType]:
    """Return the code of each outermost function and method of a module, by its qualified name."""
    found: dict[str, CodeType] = {}
    for each in code.co_consts:
        if isinstance(each, CodeType):
            if each.co_flags & 0x02:  # CO_NEWLOCALS: a function; a class body has none
                found[each.co_qualname] = each
            else:
                found |= functions_of(each)
    return found
