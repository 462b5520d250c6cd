"""Wrong command lines: one sentence in the language that was asked for, with `--json` the error object; always 2."""

from __future__ import annotations

import json

import pytest

from membership.cli.main import main

BIG = "99999999999999999999"
RECORD = ["payments", "record", "RE2027-0001"]
WRONG = [
    (["nonsense"], "Den Befehl „nonsense“ gibt es nicht", "There is no command “nonsense”"),
    ([*RECORD, "abc", "--on", "2027-02-10", "--method", "cash"], "„abc“ ist kein Betrag", "“abc” is not an amount"),
    ([*RECORD, "5", "--on", "32.01.2027", "--method", "cash"], "„32.01.2027“ ist kein Tag", "is not a day"),
    (["report", "dues", "--as-of", "0001-01-01"], "„0001-01-01“ ist kein Tag", "is not a day"),
    ([*RECORD, "5", "--on", "2027-02-10", "--method", "gold"], "--method kann nicht „gold“ sein", "cannot be “gold”"),
    ([*RECORD, "5", "--method", "cash"], "geben Sie auch --on an", "Please name --on too"),
    ([*RECORD, "5", "--on"], "--on braucht einen Wert", "--on needs a value"),
    ([*RECORD, "5", "--on", "2027-02-10", "--method", "cash", "--x"], "kennt „--x“ nicht", "does not know “--x”"),
    (["payments", "burn"], "VERB kann nicht „burn“ sein", "VERB cannot be “burn”"),
    (["payments", "allocate", "1", "RE2027-0001"], "sagt nicht, wie viel", "does not say how much"),
    (["payments", "allocate", BIG, "RE2027-0001=5"], f"„{BIG}“ ist keine Nummer", f"“{BIG}” is not a number"),
    (["payments", "unallocate", "x", "RE2027-0001"], "„x“ ist keine Nummer", "“x” is not a number"),
    (["members", "undo-import", BIG], f"„{BIG}“ ist keine Nummer", f"“{BIG}” is not a number"),
    (["members", "undo-import", "-1"], "„-1“ ist keine Nummer", "“-1” is not a number"),
    (["invoices", "list", "--year", BIG], f"„{BIG}“ ist kein Jahr", f"“{BIG}” is not a year"),
    (["billing", "preview", "27"], "„27“ ist kein Jahr", "“27” is not a year"),
    (["users", "invite", "a@v.example", "king"], "ROLE kann nicht „king“ sein", "ROLE cannot be “king”"),
    (["demo", "--port", "99999"], "„99999“ ist kein Port", "“99999” is not a port"),
    (["serve", "--port", "0"], "„0“ ist kein Port", "“0” is not a port"),
    (["invoices", "show", "\udcff"], "kein UTF-8", "not UTF-8"),
    (["db", "check", "--json=1"], "falsch geschrieben", "The command line is wrong"),
]  # fmt: skip


@pytest.mark.parametrize(("argv", "german", "english"), WRONG)
def test_a_wrong_argument_is_said_in_one_sentence_and_as_the_error_object(capsys, argv, german, english):
    for language, said in (("de", german), ("en", english)):
        assert main([*argv, "--lang", language, "--json"]) == 2
        out, err = capsys.readouterr()
        assert said in err
        assert err.count("\n") == 1
        assert json.loads(out)["error"]["message"] in err
    assert main(argv) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert german in err


def test_an_unknown_language_is_answered_in_german(capsys):
    assert main(["db", "check", "--lang", "fr"]) == 2
    assert capsys.readouterr().err == "--lang kann nicht „fr“ sein; es gibt de, en.\n"


def test_a_wrong_value_names_its_argument(capsys):
    assert main(["members", "undo-import", "x", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["where"] == "ID"


def test_a_command_without_its_verb_says_so(capsys):
    assert main(["payments", "--json"]) == 2
    out, err = capsys.readouterr()
    assert "geben Sie auch VERB an" in err
    assert json.loads(out)["error"]["code"] == "arguments"


def test_help_is_no_error(capsys):
    assert main(["payments", "--help"]) == 0
    assert "allocate" in capsys.readouterr().out
