"""Swagger's page: through nginx, under our own Content-Security-Policy, with nothing from elsewhere."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_an_operation_is_read_and_tried(page: Page) -> None:
    page.goto("/docs")
    operation = page.locator("#operations-chat-chat")
    operation.get_by_role("button").first.click()
    expect(operation).to_contain_text("Ask, and get the whole answer.")
    models = page.locator("#operations-OpenAI-compatible-list_models")
    page.goto("/")
    page.get_by_label("Your name").fill("Ada")
    page.keyboard.press("Enter")
    page.wait_for_url("**/chats/*")
    page.goto("/docs")
    models.get_by_role("button").first.click()
    models.get_by_role("button", name="Try it out").click()
    models.get_by_role("button", name="Execute").click()
    expect(models.locator(".live-responses-table")).to_contain_text('"id": "demo"')
