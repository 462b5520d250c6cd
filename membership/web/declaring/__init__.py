"""The steps of a member that declares: one question a page, the contact, a file, the last look, the receipt."""

from membership.web.declaring.asking import question, start
from membership.web.declaring.guide import Guide, size_title, visitor
from membership.web.declaring.looking import check, contact, evidence, receipt

__all__ = ["Guide", "check", "contact", "evidence", "question", "receipt", "size_title", "start", "visitor"]
