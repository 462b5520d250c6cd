"""Positions of the letter form: every measure of the paper in one place, in mm from the left and upper edge.

A `y` of a text is its baseline. Source: `ux.md` 13, DIN 5008 form B.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Face = Literal["regular", "medium", "semibold"]

MM: Final = 72 / 25.4
WIDTH: Final = 210
HEIGHT: Final = 297

INK: Final = "#16202C"
GREY: Final = "#4A5868"
RULE: Final = "#B9C3CD"
BLACK: Final = "#000000"
WHITE: Final = "#FFFFFF"
BOX_GROUND: Final = "#F3F7F9"
BOX_EDGE: Final = "#D5DEE5"
DRAFT_INK: Final = "#E4E9ED"

LEFT: Final = 25.0
RIGHT: Final = 190.0
BOTTOM: Final = 260.0  # nothing of the letter itself goes below


class Style(NamedTuple):
    """A face, its size in points and its colour."""

    face: Face
    size: float
    colour: str


class Logo:
    """Upper left corner, largest size, and the space to the name beside it."""

    X, Y, WIDTH, HEIGHT, GAP = LEFT, 14.0, 60.0, 18.0, 5.0


class Head:
    """The letterhead."""

    NAME_Y, CLAIM_Y = 20.3, 26.0
    BESIDE = 15.0  # the height of a logo beside whose middle they stand
    NAME = Style("semibold", 14.5, INK)
    CLAIM = Style("regular", 9.5, GREY)


class Address:
    """The address field: return address with its rule, then at most six lines."""

    WIDTH, RETURN_Y, RULE_Y, FIRST_Y, STEP, LINES = 80.0, 61.0, 62.3, 66.6, 4.5, 6
    RETURN = Style("regular", 7, GREY)
    TEXT = Style("regular", 10.5, INK)


class Info:
    """The information block: label left, value right; a gap before the second group."""

    X, RIGHT, FIRST_Y, STEP, GAP, SPACE = 125.0, RIGHT, 52.5, 4.55, 2.2, 3.0
    LABEL = Style("regular", 8.5, GREY)
    VALUE = Style("regular", 9, INK)
    STRONG = Style("semibold", 9, INK)


class Subject:
    """The subject and its second line."""

    Y, SECOND = 104.0, 6.4
    STEP, SECOND_STEP, LEAST_SIZE = 6.4, 5.2, 12.0
    TITLE = Style("semibold", 15.5, INK)
    SUBTITLE = Style("regular", 11, GREY)


class Body:
    """Salutation and text."""

    AFTER_SUBJECT, AFTER_SALUTATION, STEP = 10.6, 7.2, 4.75
    TEXT = Style("regular", 9.5, INK)


class Marks:
    """Fold marks and the punch mark, at the left edge."""

    X, FOLD_X, PUNCH_X = 4.0, 8.0, 10.0
    FOLDS, PUNCH = (105.0, 210.0), 148.5
    WIDTH = 0.4


class Items:
    """The table of items. The steps are the distances between baselines, or from a baseline to a rule."""

    POSITION, TEXT, PERIOD_RIGHT, AMOUNT_RIGHT = LEFT, 36.0, 146.0, RIGHT
    AFTER_TEXT, HEAD_RULE, FIRST, NEXT, DETAIL, END_RULE = 9.55, 2.6, 5.6, 5.2, 4.4, 2.8
    NAME_STEP, CARRY, BROUGHT, AFTER_BROUGHT = 4.5, 4.8, 5.0, 8.0
    GAP = 4.0  # between a text and what stands right of it
    HEAD = Style("medium", 8.5, GREY)
    NUMBER = Style("regular", 9.5, INK)
    NAME = Style("semibold", 9.5, INK)
    CELL = Style("regular", 9.5, INK)
    SMALL = Style("regular", 8.5, GREY)
    SUM = Style("medium", 9.5, INK)
    HEAD_WIDTH, RULE_WIDTH, THIN_WIDTH = 0.8, 0.4, 0.25


class Total:
    """Subtotal, tax and total below the table, then the notes."""

    FIRST, STEP, RULE, AFTER_RULE, NOTE, NOTE_STEP = 5.4, 5.0, 2.6, 7.2, 7.6, 4.2
    LABEL_RIGHT, RULE_X = Items.PERIOD_RIGHT, 100.0
    TOTAL = Style("semibold", 11.5, INK)
    CELL = Style("regular", 9.5, INK)
    NOTE_TEXT = Style("regular", 8.5, GREY)


class Box:
    """The payment box: never split. Distances from its upper edge; the code stands on white at the right."""

    HEIGHT, GAP, FIRST_PAGE_Y, RADIUS = 46.5, 8.2, 192.0, 2.0
    BAR_WIDTH, BAR_INSET = 1.1, 2.2
    LABEL_X, VALUE_X, VALUE_RIGHT = 31.0, 62.0, 148.0
    TITLE, FIRST, STEP, ONLINE, PURPOSE_LINES = 7.4, 14.4, 5.0, 6.6, 2
    TEXT_STEP = 5.0
    WHITE_X, WHITE_Y, WHITE_SIDE, CODE_SIDE, CAPTION = 151.0, 2.4, 36.0, 30.0, 44.0
    TITLE_TEXT = Style("medium", 11, INK)
    LABEL = Style("regular", 8.5, GREY)
    VALUE = Style("regular", 9.5, INK)
    STRONG = Style("semibold", 9.5, INK)
    CAPTION_TEXT = Style("regular", 7.6, GREY)


class Closing:
    """Greeting and signature, without a payment box further below the notes."""

    GREETING, SIGNATURE, WITHOUT_BOX, BOTTOM = 7.0, 6.4, 12.0, 263.5
    TEXT = Style("regular", 9.5, INK)
    NAME = Style("semibold", 9.5, INK)
    FUNCTION = Style("regular", 9.5, GREY)


class Footer:
    """Page number, rule and three columns."""

    PAGE_Y, RULE_Y, FIRST_Y, STEP, LINES, STRONG_LINES = 267.6, 270.0, 274.4, 3.7, 5, 2
    COLUMNS = ((LEFT, 76.0), (79.0, 142.0), (145.0, RIGHT))
    PAGE = Style("regular", 7.6, GREY)
    STRONG = Style("semibold", 7.2, INK)
    TEXT = Style("regular", 7.2, GREY)


class AccountTable:
    """The running account: day, text, debit, credit, balance. The steps are those of `Items`."""

    DAY, TEXT, DEBIT_RIGHT, CREDIT_RIGHT, BALANCE_RIGHT = LEFT, 47.0, 138.0, 164.0, RIGHT
    TEXT_RIGHT = 116.0
    AFTER_TEXT, HEAD_RULE, FIRST, NEXT, DETAIL, END_RULE, SUM = 9.55, 2.6, 5.6, 5.6, 4.2, 2.8, 5.4
    HEAD_WIDTH, RULE_WIDTH, AFTER = 0.8, 0.4, 4.0
    HEAD = Style("medium", 8.5, GREY)
    CELL = Style("regular", 9.5, INK)
    SMALL = Style("regular", 8.5, GREY)
    STRONG = Style("semibold", 9.5, INK)


class Reply:
    """The part of a confirmation that the member fills in and sends back: never split."""

    GAP, TITLE, FIRST, STEP, SIGN, HEIGHT = 14.0, 6.0, 7.0, 9.0, 16.0, 52.0
    BOX, BOX_X, TEXT_X, LINE_FROM = 3.2, LEFT, 31.0, 110.0
    TITLE_TEXT = Style("semibold", 9.5, INK)
    TEXT = Style("regular", 9.5, INK)
    SMALL = Style("regular", 8.5, GREY)


class Following:
    """The head of a following page, and where its table or text begins."""

    Y, RULE_Y, TABLE_Y, TEXT_Y, GAP = 27.0, 29.4, 39.0, 37.0, 6.0
    TITLE = Style("semibold", 9.5, INK)
    MEMBER = Style("regular", 9, GREY)


class Proof:
    """The page that shows how the amounts were calculated."""

    TITLE_Y, SUBTITLE, TEXT, AFTER_TEXT, GROUP = 42.0, 6.4, 9.6, 9.75, 10.1
    HEAD_RULE, FIRST, STEP, LINE, RULE = 2.6, 5.2, 5.1, 4.0, 1.4
    TOTAL_RULE, TOTAL, NOTE, NOTE_STEP = 8.1, 5.4, 8.0, 4.2
    NUMBER, NAME, REASON, RESULT_RIGHT = LEFT, 31.0, 92.0, RIGHT
    NAME_RIGHT, REASON_RIGHT = 89.0, 158.0
    GROUP_TEXT = Style("semibold", 10, INK)
    CELL = Style("regular", 9, INK)
    SMALL = Style("regular", 9, GREY)
    STRONG = Style("semibold", 9, INK)


class Draft:
    """The diagonal word across a draft."""

    X, Y, DEGREES = 105.0, 165.0, 55.0
    TEXT = Style("semibold", 110, DRAFT_INK)
