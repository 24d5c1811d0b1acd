"""As whom Postgres runs: it refuses root, so root hands it to a lesser account."""

import logging
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Account:
    """An account of this machine that Postgres is handed to."""

    uid: int
    gid: int
    name: str

    @property
    def process_options(self) -> dict[str, Any]:
        """Arguments that make subprocess start a command as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Make the account the owner of a file or directory."""
        os.chown(path, self.uid, self.gid)

    def open_way_to(self, path: Path) -> None:
        """Let the account pass through (not list) the directories above a path, as root's home often forbids it."""
        for directory in path.resolve().parents:
            if not self._may_pass(directory):
                logger.warning("Postgres runs as '%s': allowing it to pass through %s", self.name, directory)
                directory.chmod(stat.S_IMODE(directory.stat().st_mode) | stat.S_IXOTH)

    def _may_pass(self, directory: Path) -> bool:
        status = directory.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


class OwnAccount(Account):
    """The caller's own, which needs nothing."""

    def __init__(self) -> None:
        super().__init__(os.geteuid(), os.getegid(), "")

    @property
    def process_options(self) -> dict[str, Any]:
        return {}

    def give(self, path: Path) -> None:
        """It is its own already."""

    def open_way_to(self, path: Path) -> None:
        """The caller got there."""


def choose_account(data: Path) -> Account:
    """The caller's own, but for root: that of the owner of the existing data, else `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return OwnAccount()
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid, f"user {owner.st_uid}")
    users = {user.pw_name: user for user in pwd.getpwall()}
    user = users.get("postgres") or users["nobody"]
    return Account(user.pw_uid, user.pw_gid, user.pw_name)
