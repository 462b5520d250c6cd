"""Which passwords are tried first: words that many people take, rows of keys, and what they are dressed up with.

A password is judged by what is left of it when such words, figures and signs are taken away, so that `S0mmer2026!` is
found like `sommer`. Source: OWASP ASVS 6.2.4, 6.2.11, 6.2.12; NIST SP 800-63B.
"""

from __future__ import annotations

import re
from typing import Final

_SUBSTITUTES: Final = str.maketrans("0134578@$!€|", "oieastbasiel")
_DRESSING: Final = re.compile(r"[\d\W_]+")
_ROWS: Final = (
    "1234567890", "qwertzuiopü", "asdfghjklöä", "yxcvbnm", "qwertyuiop", "zxcvbnm", "azertyuiop",
    "abcdefghijklmnopqrstuvwxyz", "1qaz2wsx3edc4rfv5tgb", "1q2w3e4r5t6z7u8i", "1q2w3e4r5t6y7u8i", "zaq12wsx",
    "q1w2e3r4t5z6", "q1w2e3r4t5y6",
)  # fmt: skip
_SHORTEST_ROW: Final = 4
_FEWEST_LEFT: Final = 4

_WORDS: Final = """
    passwort password kennwort passwd geheim secret willkommen welcome letmein login anmeldung zugang access admin
    administrator root user benutzer test tester testing master default changeme aendermich start startpasswort
    schluessel schatz schatzi liebe lieblich iloveyou ichliebedich loveyou lovely liebling engel angel princess
    prinzessin sonnenschein sunshine sonne sommer summer winter herbst autumn fruehling spring
    januar februar maerz april juni juli august september oktober november dezember january february march june july
    october december montag dienstag mittwoch donnerstag freitag samstag sonntag monday friday sunday
    hallo hello moin servus gruess danke bitte computer internet laptop windows android iphone samsung google
    microsoft facebook instagram whatsapp telefon handy monkey dragon drache tiger lion loewe panther wolf baer
    hund katze pferd maus hase biene shadow schatten superman batman spiderman starwars pokemon matrix merlin
    ninja samurai killer hunter ranger soldier freedom freiheit football fussball soccer baseball basketball hockey
    tennis handball bayern muenchen bayernmuenchen schalke dortmund borussia werder bremen hamburg stpauli eintracht
    frankfurt berlin koeln stuttgart hannover leipzig nuernberg deutschland germany europa ferrari porsche mercedes
    bmw audi volkswagen corvette mustang harley yamaha honda michael michelle jennifer jessica ashley amanda daniel
    thomas andreas stefan stephan christian markus martin peter frank juergen klaus wolfgang werner helmut monika
    sabine susanne petra andrea claudia nicole stefanie julia anna laura sarah lisa lena hannah sophie maria
    alexander maximilian sebastian tobias florian philipp benjamin jonas lukas leon felix paul charlie george
    robert jordan harry potter cheese kaese schokolade chocolate banane banana cookie keks kaffee coffee bier
    whiskey pepper ginger butter flower blume rose rainbow regenbogen stern sterne star mond himmel heaven freund
    freundin friend freunde family familie mama papa mutter vater baby bruder schwester heimat garten ferien urlaub
    whatever trustno superstar champion gewinner winner lucky glueck money geld bank konto sparkasse blink pass
    qazwsx wsxedc zaqwsx qweasd asdasd qweqwe asdqwe secure sicher sicherheit security private privat business firma
    buero office verein vereine mitglied mitglieder beitrag beitraege beitragsbuch kasse kassenwart schatzmeister
    schatzmeisterin vorstand verwaltung geschaeftsstelle rechnung rechnungen cluster verband
"""
"""Words without figures and signs, in small letters, umlauts written out."""
_LONGEST_FIRST: Final = sorted(_WORDS.split(), key=lambda word: (-len(word), word))


def plain_rest(password: str, *further: str) -> str:
    """Return what is left of a password without known words, rows of keys, repeats, figures and signs.

    Args:
        password: as it was typed.
        further: words that somebody would try for this account, such as the mail address.
    """
    shapes = (_spelled(password), _spelled(password.translate(_SUBSTITUTES)))
    return min((_without(shape, further) for shape in shapes), key=len)


def is_tried_first(password: str, *further: str) -> bool:
    """Return whether hardly anything of a password is its own."""
    return len(set(plain_rest(password, *further))) < _FEWEST_LEFT


def _spelled(text: str) -> str:
    for umlaut, written in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = text.casefold().replace(umlaut, written)
    return text


def _without(text: str, further: tuple[str, ...]) -> str:
    for word in (*(_spelled(each) for each in further), *_rows_in(text)):
        text = text.replace(word, " ") if word else text
    for word in _LONGEST_FIRST:
        text = text.replace(word, " ")
    return _DRESSING.sub("", _unrepeated(text))


def _rows_in(text: str) -> list[str]:
    """Return the pieces of a text that run along a row of keys or the alphabet, forwards or backwards."""
    found = []
    for row in (each for line in _ROWS for each in (_spelled(line), _spelled(line)[::-1])):
        for length in range(len(row), _SHORTEST_ROW - 1, -1):
            found += [
                row[at : at + length] for at in range(len(row) - length + 1) if row[at : at + length] in text
            ]
    return found


def _unrepeated(text: str) -> str:
    """Return a text in which a piece that follows upon itself stands once: `abcabcabc` is `abc`."""
    return re.sub(r"(.+?)\1{2,}", r"\1", text)
