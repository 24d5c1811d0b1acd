from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from tests.support.drivers.browser import Watched, running_browser
from tests.support.drivers.visitor_without_scripts import VisitorWithoutScripts, visiting_without_scripts
from tests.support.running.compose import ComposeStack
from tests.support.running.provision import find_chromium, not_here


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.compose)


@pytest.fixture(scope="session")
def stack() -> ComposeStack:
    return ComposeStack()


@pytest.fixture
def visitor(stack: ComposeStack) -> Iterator[VisitorWithoutScripts]:
    with visiting_without_scripts(stack.url) as visitor:
        yield visitor


@pytest.fixture
def client(stack: ComposeStack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.url, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser(find_chromium() or not_here("Chromium")) as browser:
        yield browser


@pytest.fixture
def people(stack: ComposeStack, browser: Browser) -> Iterator[Watched]:
    people = Watched(browser, stack.url)
    yield people
    people.close()
    assert people.problems == []
