"""The schema's history: one numbered file per step in `versions/`."""

from pathlib import Path

FOLDER = Path(__file__).parent


def head_revision() -> str:
    """The number of the newest migration that this version of db-api knows."""
    return max(path.name for path in (FOLDER / "versions").glob("[0-9]*.py"))[:4]
