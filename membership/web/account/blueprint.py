"""The blueprint of the account pages; their addresses are at the top: /sign-in, /profile."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("account", __name__)
