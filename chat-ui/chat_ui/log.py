"""One line per event, with the request id: JSON in containers, readable text under `make run`."""

import logging.config

from chat_ui.settings import LogFormat

SERVICE = "chat-ui"


class OneLine(logging.Formatter):
    """Text for people, in which no request can forge a line: control characters in a message are escaped."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        return super().formatMessage(record).translate(_ESCAPED)


_ESCAPED = {code: f"\\x{code:02x}" for code in (*range(32), 127, *range(128, 160))} | {
    code: f"\\u{code:04x}" for code in (0x2028, 0x2029)
}


class NoQuery(logging.Filter):
    """Leaves the query out of uvicorn's lines: what a person searched for is theirs alone."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(value.partition("?")[0] if isinstance(value, str) else value for value in record.args)
        return True


class _NoHealthChecks(logging.Filter):
    """Container health checks run every few seconds and would bury the other lines."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                argument.partition("?")[0] if isinstance(argument, str) else argument for argument in record.args
            )
        return "/health" not in record.getMessage()


def configure_logging(log_format: LogFormat) -> None:
    """Send every logger of this process, including uvicorn's, to standard error in one format."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {
                "request_id": {"()": "asgi_correlation_id.CorrelationIdFilter", "default_value": "-"},
                "no_health_checks": {"()": _NoHealthChecks},
                "no_query": {"()": NoQuery},
            },
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
                "stderr": {
                    "class": "logging.StreamHandler",
                    "formatter": log_format.value,
                    "filters": ["request_id"],
                }
            },
            "root": {"handlers": ["stderr"], "level": "INFO"},
            "loggers": {
                # With their own handlers, every line would appear twice.
                "uvicorn": {"handlers": [], "propagate": True},
                "uvicorn.access": {"handlers": [], "propagate": True, "filters": ["no_health_checks", "no_query"]},
            },
        }
    )
