"""Secrets in the repository: `python .ci/secrets.py` looks through every tracked file. Source: SEC-81, GATE-11."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATTERNS = {
    "private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY",
    "payment key": r"\b(?:sk|rk)_live_\w{8,}|\bwhsec_\w{16,}",
    "cloud key": r"\bAKIA[0-9A-Z]{16}\b",
    "access token": r"\b(?:ghp|gho|github_pat|glpat|xox[bap])[-_]\w{16,}",
    "key of an installation": r"(?:SESSION|FIELD|BACKUP)_KEY['\"]?\s*[=:]\s*['\"]?[0-9a-fA-F]{64}",
    "password in an address": r"\b[a-z][a-z0-9+.-]*://[^/\s:@'\"{}<>…$]+:[^@\s/'\"{}<>…$]{3,}@(?!example|host)",
}
HOLDERS = re.compile(r"(?:^|/)(?:keys/|\.env$|.*\.pem$|.*\.key$|.*\.sqlite3$|id_rsa|id_ed25519)")


def findings(name: str, text: str) -> Iterator[str]:
    """Yield what looks like a secret in one file: its line and its kind, never the secret."""
    if HOLDERS.search(name):
        yield f"{name}: such a file does not belong into the repository"
    for number, line in enumerate(text.splitlines(), start=1):
        for kind, pattern in PATTERNS.items():
            is_example = name.startswith("tests/") and kind == "password in an address"
            if re.search(pattern, line) and not is_example:
                yield f"{name}:{number}: {kind}"


def main() -> int:
    """Return 1 when something was found."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    found = [
        each
        for name in listed.stdout.splitlines()
        if (ROOT / name).is_file()
        for each in findings(name, (ROOT / name).read_text(errors="ignore"))
    ]
    print(*(found or ["no secrets found"]), sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
