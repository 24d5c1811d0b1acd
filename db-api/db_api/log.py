"""Logging: one line per event with the request's id, as JSON for machines or text for people."""

import logging.config
import time
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from db_api.settings import LogFormat

SERVICE = "db-api"

ROUTINE = frozenset({"/replies/chunks", "/replies/claims"})
"""Called by every writer several times a second."""

logger = logging.getLogger("db_api.access")


class OneLine(logging.Formatter):
    """Text for people, in which no request can forge a line: control characters in a message are escaped."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        return super().formatMessage(record).translate(_ESCAPED)


_ESCAPED = {code: f"\\x{code:02x}" for code in (*range(32), 127, *range(128, 160))} | {
    code: f"\\u{code:04x}" for code in (0x2028, 0x2029)
}


def configure_logging(log_format: LogFormat) -> None:
    """Make every logger of this process, uvicorn's included, write to standard error."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"request_id": {"()": "asgi_correlation_id.CorrelationIdFilter", "default_value": "-"}},
            "formatters": {
                "json": {
                    "()": "pythonjsonlogger.json.JsonFormatter",
                    "format": "%(levelname)s %(name)s %(correlation_id)s %(message)s",
                    "rename_fields": {"levelname": "level", "correlation_id": "request_id"},
                    "timestamp": "time",
                    "static_fields": {"service": SERVICE},
                },
                "text": {"()": OneLine, "format": "%(levelname)-7s %(message)s  [%(name)s %(correlation_id)s]"},
            },
            "handlers": {
                "stderr": {"class": "logging.StreamHandler", "formatter": log_format, "filters": ["request_id"]}
            },
            "root": {"handlers": ["stderr"], "level": "INFO"},
            "loggers": {
                "uvicorn": {"handlers": [], "propagate": True},
                # Replaced by AccessLog, which adds the duration and omits health checks.
                "uvicorn.access": {"handlers": [], "propagate": False, "level": "CRITICAL"},
            },
        }
    )


class AccessLog:
    """Logs each request except health checks; routine calls of writers at level `DEBUG`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/health/"):
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_noting_status)
        finally:
            milliseconds = round((time.perf_counter() - started) * 1000, 1)
            routine = scope["path"] in ROUTINE and status < HTTPStatus.BAD_REQUEST
            logger.log(
                logging.DEBUG if routine else logging.INFO,
                "%s %s %d in %.1f ms", scope["method"], scope["path"], status, milliseconds,
                extra={"status": status, "milliseconds": milliseconds},
            )  # fmt: skip
