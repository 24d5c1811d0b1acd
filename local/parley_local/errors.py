"""What can end a start. Each message is one sentence for the person at the terminal."""


class CannotStart(Exception):
    """Something outside stands in the way: a taken port, a missing permission, a second run in the same folder."""


class ServiceFailed(CannotStart):
    """A service ended before it could work, or took too long."""


class StopRequested(Exception):
    """Ctrl-C, SIGTERM or a closed terminal."""
