"""XML of strangers: read without entities, network or depth, and with an end to its size.

Source: `reliability.md` 5.9, SEC-66; `recipes.md` "Banking" on XML.
"""

from __future__ import annotations

from typing import Any, Final

from lxml import etree

_MOST_BYTES: Final = 16 * 1024 * 1024
_MOST_NODES: Final = 200_000
_MOST_DEPTH: Final = 64


class XmlRefused(ValueError):
    """Bytes that are no XML, or XML that is not read; `rule` is the name of the finding."""

    def __init__(self, rule: str, why: str = "") -> None:
        self.rule = rule
        super().__init__(why)


def read_xml(data: bytes) -> Any:  # noqa: ANN401 - the root element; the library has no types here
    """Return the root element.

    Raises:
        XmlRefused: it is too large or too deep, has a document type, or is not well-formed.
    """
    if len(data) > _MOST_BYTES:
        raise XmlRefused("XML-SIZE")
    parser = etree.XMLPullParser(
        events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False
    )
    depth = nodes = 0
    try:
        for start in range(0, len(data), 65536):
            parser.feed(data[start : start + 65536])
            for event, _element in parser.read_events():
                depth += 1 if event == "start" else -1
                nodes += event == "start"
                if depth > _MOST_DEPTH or nodes > _MOST_NODES:
                    raise XmlRefused("XML-SIZE")
        root = parser.close()
    except etree.XMLSyntaxError as error:
        raise XmlRefused("XML", str(error)) from error
    about: Any = root.getroottree().docinfo
    if about.doctype:
        raise XmlRefused("XML-DOCTYPE")
    return root
