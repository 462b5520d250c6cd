"""A guarded walk over an XML file: bare parser, own limits, no document type, no inclusion, nothing fetched.

The walker knows which paths are wanted; everything else is counted and passed over, so that memory stays flat
whatever a file holds.

Source: `reliability.md` 5.9 no. 40, SEC-54, SEC-55, SEC-66.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from membership.domain.errors import N_
from membership.domain.phrases import Phrase, phrase
from membership.gateways.bank_files.errors import FileDamaged, Forbidden, LimitExceeded, UnknownFile
from membership.gateways.bank_files.limits import Limits

_CHUNK: Final = 64 * 1024
_LONGEST_PIECE: Final = 4 * _CHUNK
"""How much of a file one tag or comment may fill: the parser begins anew with each piece of an unfinished one."""
_MOST_TEXTS: Final = 1_000
_INCLUSION: Final = "http://www.w3.org/2001/XInclude"
_UTF8_MARK: Final = b"\xef\xbb\xbf"
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_ENCODING: Final = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_LATIN: Final = frozenset({"iso-8859-1", "iso-8859-15", "latin-1", "latin1", "windows-1252", "cp1252"})
_DECLARATION_REACH: Final = 300
LONG_TEXT: Final = Phrase(N_("a text is too long"))


@dataclass(slots=True)
class Node:
    """A place in the tree of wanted elements: what is done with its text, and what may stand below it."""

    key: str | None = None
    children: Mapping[str, Node] = field(default_factory=dict)
    begin: Callable[[], None] | None = None
    finish: Callable[[], None] | None = None
    is_raw: bool = False


PASSED_OVER: Final = Node()


class Walk:
    """One walk. The owner changes `current` (key -> texts) when a part of the file begins or ends."""

    def __init__(self, root: Node, limits: Limits) -> None:
        self.current: dict[str, list[str]] = {}
        self._limits = limits
        self._root = root
        self._parser = expat.ParserCreate()
        self._intern: dict[str, str] = {}
        self._text: list[str] = []

    @property
    def line(self) -> int:
        """Return the line of the file where the parser is, counted from 1."""
        return self._parser.CurrentLineNumber

    def chunks(self, data: bytes) -> Iterator[None]:
        """Walk through the file, giving way after each piece of it; raise one `InputError` for whatever is wrong."""
        data, encoding = _start_of(data)
        self._parser = self._new_parser(encoding)
        view = memoryview(data)
        for place in range(0, len(view), _CHUNK):
            piece = bytes(view[place : place + _CHUNK])
            self._parse(piece, is_last=False)
            if place + len(piece) - self._parser.CurrentByteIndex > _LONGEST_PIECE:
                raise LimitExceeded(limit=LONG_TEXT)
            yield
        self._parse(b"", is_last=True)
        yield

    def _parse(self, piece: bytes, *, is_last: bool) -> None:
        try:
            self._parser.Parse(piece, is_last)
        except expat.ExpatError as error:
            why = phrase("line %(line)s of the XML", line=str(error.lineno))
            raise FileDamaged(why=why, where=f"line {error.lineno}") from error
        except (ValueError, LookupError) as error:  # an encoding that the parser does not know
            raise UnknownFile from error
        if sum(map(len, self._text)) > self._limits.text_bytes:
            raise LimitExceeded(limit=LONG_TEXT)
        if len(self._intern) > self._limits.names:
            raise LimitExceeded(limit=phrase("too many different names"))

    def _new_parser(self, encoding: str | None) -> expat.XMLParserType:
        parser = expat.ParserCreate(encoding, " ", self._intern)
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.ProcessingInstructionHandler = _refuse_instruction
        parser.CharacterDataHandler = self._text.append
        stack = [self._root]
        parser.StartElementHandler, parser.EndElementHandler = (
            self._start_handler(stack),
            self._end_handler(stack),
        )
        return parser

    def _start_handler(self, stack: list[Node]) -> Callable[[str, dict[str, str]], None]:
        text, limits = self._text, self._limits
        nodes = 0

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal nodes
            nodes += 1
            if len(stack) > limits.depth or nodes > limits.nodes:
                raise LimitExceeded(limit=phrase("nested too deep, or too many elements"))
            node = stack[-1].children.get(name, PASSED_OVER)
            if node is PASSED_OVER and name.startswith(_INCLUSION):
                raise Forbidden(what="XInclude")
            stack.append(node)
            if node.begin is not None:
                node.begin()
            if attributes:
                self._take_attributes(node, attributes)
            text.clear()

        return start

    def _end_handler(self, stack: list[Node]) -> Callable[[str], None]:
        text, limits = self._text, self._limits

        def end(_name: str) -> None:
            node = stack.pop()
            if node.key is not None and text:
                value = "".join(text)
                if len(value) > limits.text_bytes:
                    raise LimitExceeded(limit=LONG_TEXT)
                if not node.is_raw:
                    value = value.strip()
                if value:
                    texts = self.current.setdefault(node.key, [])
                    texts.append(value)
                    if len(texts) > _MOST_TEXTS:
                        raise LimitExceeded(limit=LONG_TEXT)
            if node.finish is not None:
                node.finish()
            text.clear()

        return end

    def _take_attributes(self, node: Node, attributes: dict[str, str]) -> None:
        if len(attributes) > self._limits.attributes:
            raise LimitExceeded(limit=phrase("too many attributes"))
        if any(len(value) > self._limits.text_bytes for value in attributes.values()):
            raise LimitExceeded(limit=LONG_TEXT)
        if node.key is not None and "Ccy" in attributes:
            self.current[f"{node.key}@"] = [attributes["Ccy"].strip()]


def tree(paths: Mapping[str, str], prefix: str, nodes: Mapping[str, Node] | None = None) -> Node:
    """Return the tree of the wanted paths (`Refs/EndToEndId` -> key); `nodes` are put in at their own paths.

    Args:
        paths: path below the root -> key of the text found there.
        prefix: what the parser puts before each name: the namespace and a blank, or nothing.
        nodes: path below the root -> a node with its own tree.
    """
    root = Node(children={})
    for path, key in paths.items():
        _place(root, path, prefix).key = key
    for path, node in (nodes or {}).items():
        place = _place(root, path, prefix)
        place.children, place.begin, place.finish = (
            {**place.children, **node.children},
            node.begin,
            node.finish,
        )
    return root


def _place(root: Node, path: str, prefix: str) -> Node:
    node = root
    for name in path.split("/"):
        assert isinstance(node.children, dict), path
        node = node.children.setdefault(prefix + name, Node(children={}))
    return node


def _start_of(data: bytes) -> tuple[bytes, str | None]:
    """Return the bytes from the first element on, and the encoding where the file says none or a wrong one.

    Banks' programs write Windows-1252 and call it UTF-8; what is no UTF-8 is read as Windows-1252 then. A byte order
    mark decides over what the declaration says; so do bytes that are UTF-8 and make no sense as Latin letters.
    """
    data = data.rstrip(b"\x00\x1a \t\r\n") if not data.startswith(_UTF16_MARKS) else data
    if data.startswith(_UTF8_MARK):
        data, is_marked = data[len(_UTF8_MARK) :], True
    else:
        is_marked = False
    if data.startswith(_UTF16_MARKS):
        return data, None
    data = data.lstrip(b" \t\r\n")
    declared = _ENCODING.match(data[:_DECLARATION_REACH])
    named = declared[1].decode("ascii").lower() if declared else "utf-8"
    if is_marked or named in {"utf-8", "utf8", "us-ascii", "ascii"} or _is_hidden_utf8(data, named):
        return data, "utf-8" if is_utf8(data) else "windows-1252"
    if named.startswith("utf-16"):  # said, but not so: the parser could not even read the declaration
        return data, "utf-8" if is_utf8(data) else None
    return data, None


def _is_hidden_utf8(data: bytes, named: str) -> bool:
    """Return whether a file that calls itself Latin is UTF-8: a program turned it and left the declaration."""
    return named in _LATIN and not data.isascii() and is_utf8(data)


def is_utf8(data: bytes) -> bool:
    """Return whether the bytes are UTF-8, piece by piece so that no second copy of a large file is made."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(data)
    try:
        for place in range(0, len(view), _CHUNK):
            decoder.decode(view[place : place + _CHUNK])
    except UnicodeDecodeError:
        return False
    return True


def _refuse_doctype(*_: object) -> None:
    raise Forbidden(what="DOCTYPE")


def _refuse_instruction(target: str, _data: str) -> None:
    if target.lower() == "xml-stylesheet":
        raise Forbidden(what="xml-stylesheet")
