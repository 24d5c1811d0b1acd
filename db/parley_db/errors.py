"""Errors of the embedded Postgres; each message is for the person who started it."""


class EmbeddedPostgresError(Exception):
    """The embedded Postgres cannot run; the message gives the reason and, where there is one, the remedy."""


class PortTaken(EmbeddedPostgresError):
    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} on 127.0.0.1 is taken by another program: stop it, or choose another port.")


class PostgresStopped(EmbeddedPostgresError):
    def __init__(self, code: int) -> None:
        super().__init__(f"Postgres stopped with exit code {code}; its own messages above give the reason.")


class PostgresNotReady(EmbeddedPostgresError):
    def __init__(self, seconds: float) -> None:
        super().__init__(f"Postgres accepted no connection within {seconds:g} seconds.")


class CommandFailed(EmbeddedPostgresError):
    def __init__(self, name: str, output: str) -> None:
        super().__init__(f"{name} failed: {output.strip()}")
