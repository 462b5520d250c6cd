"""The pages of one document while they are written: the place of the pen, and the turn to a following page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from invoices.account import AccountStatement
from invoices.breaking import fitted
from invoices.document import Document
from invoices.layout import GREY, LEFT, RIGHT, RULE, Draft, Face, Following, Marks
from invoices.page import Ink, Page, width_of
from invoices.words import words

_THIN = (0.4, RULE)
_MARK = (Marks.WIDTH, GREY)


@dataclass(slots=True)
class Sheets:
    """All pages so far; `y` is where the last thing was written on the last of them, in mm from its upper edge."""

    letter: Document | AccountStatement
    inks: dict[Face, Ink]
    pages: list[Page] = field(default_factory=list)
    y: float = 0.0

    def __post_init__(self) -> None:
        """Lay the first page down."""
        self._new_page()
        for y in Marks.FOLDS:
            self.page.rule(Marks.X, y, Marks.FOLD_X, _MARK)

    @property
    def document(self) -> Document:
        """The invoice that is written."""
        assert isinstance(self.letter, Document), self.letter
        return self.letter

    @property
    def page(self) -> Page:
        """The page that is written on."""
        return self.pages[-1]

    @property
    def is_first(self) -> bool:
        """Whether this is still the first page."""
        return len(self.pages) == 1

    def words(self, section: str) -> Mapping[str, str]:
        """Return the words of one section in the language of the document."""
        return words(self.letter.language)[section]

    def title(self) -> str:
        """Return what the document is called: `Beitragsrechnung RE2027-0083`."""
        document = self.letter
        about = "title" if document.is_dues else "plain_title"
        section = self.words(f"draft_{about}" if document.is_draft else about)
        original = document.refers_to.number if document.refers_to else ""
        return section[document.kind].format(number=document.number, original=original)

    def turn(self) -> None:
        """Begin a following page, with title and member at its head."""
        recipient = self.letter.recipient
        self._new_page()
        self.page.text(LEFT, Following.Y, self.title(), Following.TITLE)
        member = (
            f"{recipient.company}, {recipient.member_number}"
            if recipient.member_number
            else recipient.company
        )
        beside = width_of(Following.TITLE.face, self.title()) * Following.TITLE.size + Following.GAP
        style = fitted(member, RIGHT - LEFT - beside, Following.MEMBER)
        self.page.right(RIGHT, Following.Y, member, style)
        self.page.rule(LEFT, Following.RULE_Y, RIGHT, _THIN)
        self.y = Following.TEXT_Y

    def _new_page(self) -> None:
        page = Page(self.inks)
        self.pages.append(page)
        if self.letter.is_draft:
            word = self.words("draft")["mark"]
            page.diagonal(Draft.X, Draft.Y, word, Draft.TEXT, degrees=Draft.DEGREES)
        page.rule(Marks.X, Marks.PUNCH, Marks.PUNCH_X, _MARK)
