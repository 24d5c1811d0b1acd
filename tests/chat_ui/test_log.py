"""The text log: one line per event, whatever a request contains."""

import logging

import pytest
from chat_ui.log import NoQuery, OneLine

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


def test_uvicorns_lines_do_not_say_what_was_searched_for() -> None:
    arguments = ("127.0.0.1:1", "GET", "/search?q=moon?", "1.1", 200)
    record = logging.makeLogRecord({**RECORD, "msg": '%s - "%s %s HTTP/%s" %d', "args": arguments})
    assert NoQuery().filter(record)
    assert record.getMessage() == '127.0.0.1:1 - "GET /search HTTP/1.1" 200'
