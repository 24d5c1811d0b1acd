from collections.abc import Iterator

import pytest
from parley_local.nginx import find_nginx
from parley_local.stack import Stack
from playwright.sync_api import Browser, BrowserContext, Page

from tests.support.drivers.browser import Watched, running_browser
from tests.support.running.database import place_for_postgres
from tests.support.running.provision import find_chromium, not_here
from tests.support.running.stack import running_stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    if find_nginx() is None:
        not_here("nginx")
    with place_for_postgres() as folder, running_stack(folder) as stack:
        yield stack


# Per module: while Playwright runs, it has this thread's event loop, which other tests need.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser(find_chromium() or not_here("Chromium")) as browser:
        yield browser


@pytest.fixture
def site(stack: Stack) -> str:
    """Where people go; a module that wants the fake world takes its address instead."""
    return stack.url


@pytest.fixture
def people(site: str, browser: Browser) -> Iterator[Watched]:
    """Opens browsers of different people; at the end, nothing must have gone wrong in any of them."""
    people = Watched(browser, site)
    yield people
    people.close()
    assert people.problems == []


@pytest.fixture
def context(people: Watched) -> BrowserContext:
    return people.open()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
