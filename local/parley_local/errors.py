"""Reasons why a start ends early. Each message is one sentence for the person at the terminal."""


class CannotStart(Exception):
    """An outside reason: a port in use, a missing permission, another run in the same folder."""


class ServiceFailed(CannotStart):
    """A service ended before it was ready, or took too long."""


class StopRequested(Exception):
    """Ctrl-C, SIGTERM or a closed terminal."""
