"""What can go wrong with the embedded Postgres, each as a sentence for the person who started it."""


class EmbeddedPostgresError(Exception):
    """The embedded Postgres cannot run; the message says why and what helps."""


class PortTaken(EmbeddedPostgresError):
    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} on 127.0.0.1 is taken by another program: stop that, or choose another port.")


class PostgresStopped(EmbeddedPostgresError):
    def __init__(self, code: int) -> None:
        super().__init__(f"Postgres stopped with exit code {code}; its own lines above say why.")


class PostgresNotReady(EmbeddedPostgresError):
    def __init__(self, seconds: float) -> None:
        super().__init__(f"Postgres took no connection within {seconds:g} seconds.")


class CommandFailed(EmbeddedPostgresError):
    def __init__(self, name: str, output: str) -> None:
        super().__init__(f"{name} failed: {output.strip()}")
