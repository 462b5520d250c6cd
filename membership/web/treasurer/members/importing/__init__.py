"""The import of a member list in four steps: the file, its columns, the check, the result.

Between the steps the file is kept encrypted for a day, with what was decided about it. Source: `ux.md` 6.4; SEC-58.
"""

from membership.web.treasurer.members.importing import checking, columns, corrections, reading, results

__all__ = ["checking", "columns", "corrections", "reading", "results"]
