"""The text log: one line per event, whatever a request contains."""

import logging

import pytest
from chat_ui.log import OneLine

RECORD = {"name": "uvicorn.access", "levelno": logging.INFO, "levelname": "INFO"}


@pytest.mark.parametrize("forged", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x1b[2J", "\x7f"])
def test_no_request_forges_a_line(forged: str) -> None:
    record = logging.makeLogRecord({**RECORD, "msg": "GET %s", "args": (f"/a{forged}INFO all is well",)})
    line = OneLine("%(levelname)s %(message)s").format(record)
    assert len(line.splitlines()) == 1
    assert line.isprintable()


def test_a_traceback_keeps_its_lines() -> None:
    error = ValueError("two\nlines")
    record = logging.makeLogRecord({**RECORD, "msg": "failed", "exc_info": (ValueError, error, None)})
    assert len(OneLine("%(message)s").format(record).splitlines()) > 1
