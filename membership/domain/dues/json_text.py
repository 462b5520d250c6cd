"""The text of a JSON document, parsed strictly: no key twice, no NaN, every fault in one sentence with its place.

Source: `interfaces.md` (codes 2), `domain.md` 2.10.
"""

from __future__ import annotations

import json
from typing import NoReturn

from membership.domain.dues.errors import DocumentWrong
from membership.domain.phrases import phrase


def parse_json(text: str | bytes, error: type[DocumentWrong]) -> object:
    """Return the parsed document; bytes are UTF-8, with or without a mark at their start.

    Raises:
        DocumentWrong: of the class given, for anything that is no JSON, or JSON that says something twice.
    """

    def refuse_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in pairs:
            if key in found:
                raise error(
                    where="", problem=phrase("The key “%(word)s” stands in one object twice.", word=key)
                )
            found[key] = value
        return found

    def refuse_constant(word: str) -> NoReturn:
        raise error(where="", problem=phrase("“%(text)s” is not a number. Write it like 1234.5.", text=word))

    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        parsed: object = json.loads(decoded, object_pairs_hook=refuse_twice, parse_constant=refuse_constant)
    except UnicodeDecodeError:
        raise error(where="", problem=phrase("The file is not text in UTF-8.")) from None
    except json.JSONDecodeError as fault:
        place = phrase(
            "The file is not valid JSON: line %(line)s, column %(column)s.",
            line=fault.lineno,
            column=fault.colno,
        )
        raise error(where="", problem=place) from None
    except (ValueError, RecursionError):
        raise error(where="", problem=phrase("The file is not valid JSON.")) from None
    return parsed
