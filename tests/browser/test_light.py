"""The first load of a chat with 50 messages, through the real nginx: few bytes, and nothing jumps."""

from pathlib import Path

import pytest
from parley_local.nginx import find_nginx
from playwright.sync_api import Browser

from tests.support.drivers.light import long_chat, open_cold
from tests.support.running.provision import not_here

pytestmark = pytest.mark.browser

MOST_BYTES = 150_000


def test_a_chat_with_50_messages_is_light_and_still(tmp_path: Path, browser: Browser) -> None:
    with long_chat(tmp_path, find_nginx() or not_here("nginx")) as (url, world):
        load = open_cold(browser, url, world)
    assert load.transferred < MOST_BYTES
    assert load.shift == 0
    assert load.wrong == ()
