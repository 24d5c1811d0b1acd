"""The account that Postgres runs as: it refuses root, so root starts it as an unprivileged account."""

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
    """An account of this machine."""

    uid: int
    gid: int
    name: str

    @property
    def process_options(self) -> dict[str, Any]:
        """The arguments that make `subprocess` start a command as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Make the account the owner of a file or directory."""
        os.chown(path, self.uid, self.gid)

    def open_way_to(self, path: Path) -> None:
        """Let the account pass through (not list) the directories above a path; root's home often forbids it."""
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
    """The caller's own account, which needs no preparation."""

    def __init__(self) -> None:
        super().__init__(os.geteuid(), os.getegid(), "")

    @property
    def process_options(self) -> dict[str, Any]:
        return {}

    def give(self, path: Path) -> None:
        """Do nothing: the caller owns it."""

    def open_way_to(self, path: Path) -> None:
        """Do nothing: the caller can reach it."""


def choose_account(data: Path) -> Account:
    """Return the caller's own account; for root, the owner of existing data, else `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return OwnAccount()
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid, f"user {owner.st_uid}")
    users = {user.pw_name: user for user in pwd.getpwall()}
    user = users.get("postgres") or users["nobody"]
    return Account(user.pw_uid, user.pw_gid, user.pw_name)
