"""What `make run` tells its services."""

from pathlib import Path

import pytest
from parley_local.ports import LOOPBACK
from parley_local.services import Services


@pytest.mark.parametrize(
    ("behind_nginx", "named", "trusted"),
    [(True, "10.0.0.1", LOOPBACK), (False, "10.0.0.0/8", "10.0.0.0/8"), (False, "", "none")],
)
def test_chat_ui_trusts_the_proxy_that_reaches_it(behind_nginx: bool, named: str, trusted: str) -> None:
    services = Services(Path("nowhere"), {"PARLEY_TRUSTED_PROXY": named})
    chat_ui = services.chat_ui(LOOPBACK, 8000, behind_proxy=behind_nginx)
    assert chat_ui.environment["FORWARDED_ALLOW_IPS"] == trusted
