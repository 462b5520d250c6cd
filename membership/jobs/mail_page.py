"""The page of a mail: its words in `templates/mail/`, as plain text and as HTML."""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import Environment

from membership.domain.mail_texts import MailWords


@dataclass(frozen=True, slots=True)
class MailPage:
    """Puts words on the page of a mail; names and figures are escaped in the HTML (SEC-40)."""

    templates: Environment

    def __call__(self, words: MailWords, *, link: str) -> tuple[str, str]:
        """Return text and HTML."""
        given = {"words": words, "link": link}
        text = self.templates.get_template("mail/frame.txt").render(given)
        return text.strip() + "\n", self.templates.get_template("mail/frame.html").render(given)
