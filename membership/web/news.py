"""What people hear about their account, above the next page they open, and its words.

Source: SEC-16, SEC-17, SEC-35.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import Flask, Response, g

from membership.domain.notices import NOTICE_WORDS
from membership.persistence.db import db, write
from membership.persistence.queries.users import News, list_news, list_recent_news
from membership.services import security_notices
from membership.web import sessions
from membership.web.language import moment_text, words


class Notices(sessions.Notices):
    """The notices of the page before, after what the person is to hear about the account."""

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        """Yield each notice."""
        for each in _unseen():
            yield {"kind": "warning", "text": text_of(each)}
        yield from super().__iter__()


def register(app: Flask) -> None:
    """Forget what a page has shown."""
    app.after_request(_mark_shown)


def recent_texts(user_id: int) -> list[str]:
    """Return the sentences about what last happened to an account, the newest first."""
    return [text_of(each) for each in list_recent_news(db.session(), user_id)]


def text_of(news: News) -> str:
    """Return the sentence of something that happened."""
    return words().text(NOTICE_WORDS[news.kind], moment=moment_text(news.at), **news.facts)


def _unseen() -> Sequence[News]:
    found = g.get("signed_in")
    if found is None or not found.has_news or sessions.is_waiting_for_second_factor(found):
        return ()
    g.shown_news = list_news(db.session(), found.user_id, opened_at=found.created_at)
    return list(g.shown_news)


def _mark_shown(response: Response) -> Response:
    shown = g.pop("shown_news", None)
    if shown:
        actor = sessions.actor_for(g.signed_in, request_id=g.request_id)
        write(actor, security_notices.mark_seen, [each.id for each in shown])
    return response
