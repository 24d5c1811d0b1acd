"""The history of the schema: one numbered file per step in `versions/`."""

from pathlib import Path

FOLDER = Path(__file__).parent


def head_revision() -> str:
    """Return the number of the newest migration in this version of db-api."""
    return max(path.name for path in (FOLDER / "versions").glob("[0-9]*.py"))[:4]
