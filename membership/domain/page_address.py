"""The address under which people reach the pages, as the operator sets it in `base_url`."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_only_here(base_url: str) -> bool:
    """Return whether an address leads to the machine itself, so that nobody else can open what begins with it."""
    try:
        host = urlsplit(base_url).hostname or ""
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        found = ip_address(host)
    except ValueError:
        return False
    return found.is_loopback or found.is_unspecified
