"""For schemathesis: an Idempotency-Key is never of two requests, as its user would see to; a wrong one stays wrong."""

import re
from itertools import count
from typing import Any

import schemathesis

NAME = "Idempotency-Key"
numbers = count()


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    key = (case.headers or {}).get(NAME)
    if isinstance(key, str) and re.fullmatch("[!-~]{1,255}", key):
        case.headers[NAME] = f"{key[:200]}-{next(numbers)}"
