"""The command's errors and their exit codes. Each message is shown to the user as it is."""

import signal


class CliError(Exception):
    exit_code = 1


class NothingToAsk(CliError):
    exit_code = 2


class Unreachable(CliError):
    exit_code = 3


class KeyRefused(CliError):
    exit_code = 4


class Interrupted(Exception):
    """A signal asked the command to end."""

    def __init__(self, number: int) -> None:
        self.exit_code = 128 + number
        self.by_keyboard = number == signal.SIGINT
