"""The parser of all commands: what it refuses is an `InputError` in one sentence, as from every other part.

Light: `membership --help` reads it before anything else is known.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from membership.domain.errors import N_, InputError


class CommandUnknown(InputError):
    """There is no such command."""

    message = N_("There is no command “%(name)s”; “%(program)s --help” lists them.")
    code = "command"


class ArgumentsWrong(InputError):
    """The command line is wrong in a way that has no sentence of its own; the text is that of `argparse`."""

    message = N_("The command line is wrong: %(why)s. “%(program)s --help” says more.")
    code = "arguments"


class ArgumentsMissing(ArgumentsWrong):
    """Something that must be named is not."""

    message = N_("Please name %(names)s too. “%(program)s --help” says more.")


class ArgumentUnknown(ArgumentsWrong):
    """An option or a word more than the command knows."""

    message = N_("“%(program)s” does not know “%(names)s”; “%(program)s --help” says what there is.")


class ValueMissing(ArgumentsWrong):
    """An option without its value."""

    message = N_("%(names)s needs a value. “%(program)s --help” says more.")


class ChoiceUnknown(ArgumentsWrong):
    """One of a few words was wanted, and it is none of them."""

    message = N_("%(names)s cannot be “%(value)s”; there is %(known)s.")


class SignsWrong(ArgumentsWrong):
    """An argument that is no text."""

    message = N_("“%(value)s” cannot be read: it is not UTF-8.")


_REFUSALS: Final[tuple[tuple[re.Pattern[str], type[ArgumentsWrong]], ...]] = (
    (re.compile(r"the following arguments are required: (?P<names>.+)"), ArgumentsMissing),
    (re.compile(r"unrecognized arguments: (?P<names>.+)"), ArgumentUnknown),
    (re.compile(r"argument (?P<names>.+): expected (?:one|at least one) argument"), ValueMissing),
)
"""What `argparse` says -> our sentence. Whatever else it says is passed on."""


class Parser(argparse.ArgumentParser):
    """A parser that raises; the commands print its sentence in the language and the form that were asked for."""

    def understand(self, argv: Sequence[str]) -> argparse.Namespace:
        """Return what was asked for; raise an `InputError` for what cannot be."""
        for each in argv:
            if not _is_text(each):
                raise SignsWrong(value=ascii(each)[1:-1])
        return self.parse_args(argv)

    def error(self, message: str) -> NoReturn:
        """Raise the sentence of a wrong command line."""
        for pattern, refusal in _REFUSALS:
            if found := pattern.fullmatch(message):
                raise refusal(names=_short(found["names"]), program=self.prog)
        raise ArgumentsWrong(why=message, program=self.prog)

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:  # noqa: ANN401 - as argparse has it
        """Return the value of a word; a refusal says where. `argparse` offers no public place for this."""
        try:
            return super()._get_value(action, arg_string)
        except InputError as error:
            error.where = error.where or _name_of(action)
            raise
        except argparse.ArgumentError:
            self._check_value(action, arg_string)
            raise

    def _check_value(self, action: argparse.Action, value: Any) -> None:  # noqa: ANN401 - as argparse has it
        """Raise unless the value is one of the words of an option."""
        known = action.choices
        if known is not None and value not in known:
            words = ", ".join(map(str, known))
            raise ChoiceUnknown(names=_name_of(action), value=_short(str(value)), known=words)


def asks_for_json(argv: Sequence[str]) -> bool:
    """Return whether the output is to be JSON, asked before the command line is understood."""
    return "--json" in argv


def language_asked_for(argv: Sequence[str]) -> str:
    """Return the language of the output, asked before the command line is understood."""
    pairs = zip(argv, [*argv[1:], ""], strict=True)
    is_english = any(each == "--lang=en" or (each == "--lang" and after == "en") for each, after in pairs)
    return "en" if is_english else "de"


def _name_of(action: argparse.Action) -> str:
    return "/".join(action.option_strings) or str(action.metavar or action.dest)


def _is_text(word: str) -> bool:
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


def _short(text: str) -> str:
    longest = 200
    return text if len(text) <= longest else f"{text[:longest]}…"
