"""nginx: what it accepts, its own error pages, and how it finds chat-ui."""

import json
import re
from collections.abc import Iterator
from functools import partial
from uuid import uuid4

import httpx
import pytest

from tests.support.running.compose import ComposeStack, eventually

UNAVAILABLE = {httpx.codes.BAD_GATEWAY, httpx.codes.GATEWAY_TIMEOUT}


def test_a_request_has_one_id_in_every_services_log(stack: ComposeStack, client: httpx.Client) -> None:
    response = client.post("/chats", data={"name": "Ada"}, headers={"X-Request-ID": "chosen-by-the-client"})
    request_id = response.headers["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{32}", request_id)
    for service in ("nginx", "chat-ui", "db-api"):
        eventually(partial(is_logged, stack, service, request_id), f"{request_id} in the log of {service}", 10)
    assert "chosen-by-the-client" not in stack.log("chat-ui")


def test_the_access_log_is_json_without_queries(stack: ComposeStack, client: httpx.Client) -> None:
    request_id = client.get("/?q=private").headers["X-Request-ID"]
    line = eventually(lambda: logged(stack, request_id), "logged", 10)
    assert (line["request"], line["status"]) == ("GET /", 200)
    assert "private" not in stack.log("nginx")


def test_a_client_cannot_claim_another_address(stack: ComposeStack, client: httpx.Client) -> None:
    claim = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
    response = client.post("/chats", data={"name": "Ada"}, headers=claim)
    assert "secure" not in response.headers["Set-Cookie"].lower()
    line = eventually(lambda: logged(stack, response.headers["X-Request-ID"]), "logged", 10)
    assert line["client"] != "203.0.113.7"


def test_a_body_of_a_megabyte_is_refused_with_a_page(client: httpx.Client) -> None:
    response = client.post("/chats", data={"name": "a" * 1_000_000})
    assert response.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
    assert_page_of_nginx(response, "Too long to send")


def test_metrics_are_not_published(client: httpx.Client) -> None:
    assert client.get("/metrics").status_code == httpx.codes.NOT_FOUND


def test_error_pages_of_chat_ui_pass_unchanged(client: httpx.Client) -> None:
    response = client.get(f"/chats/{uuid4()}")
    assert response.status_code == httpx.codes.NOT_FOUND
    assert "/static/" in response.text
    assert client.get("/health/ready").status_code == httpx.codes.OK


def test_pages_are_compressed_and_style_sheets_cached(client: httpx.Client) -> None:
    page = client.get("/")
    assert page.headers["Content-Encoding"] == "gzip"
    sheet = client.get(re.findall(r'href="(/static/[^"]+/css/parley.css)"', page.text)[0])
    assert sheet.headers["Content-Encoding"] == "gzip"
    assert "immutable" in sheet.headers["Cache-Control"]


def test_too_many_requests_from_one_address_are_refused_for_a_while(client: httpx.Client) -> None:
    answers = [client.get("/health/live") for _ in range(400)]
    refused = [answer for answer in answers if answer.status_code == httpx.codes.TOO_MANY_REQUESTS]
    assert len(answers) > len(refused) > 0
    assert_page_of_nginx(refused[0], "Too many requests")
    assert refused[0].headers["Retry-After"] == "3"
    eventually(lambda: client.get("/health/live").status_code == httpx.codes.OK, "accepted again", 10)


@pytest.fixture
def without_chat_ui(stack: ComposeStack) -> Iterator[None]:
    stack.run("stop", "chat-ui")
    yield
    stack.up("--no-deps", "chat-ui")


@pytest.mark.usefixtures("without_chat_ui")
def test_while_chat_ui_is_unavailable_a_page_reloads_and_a_form_is_not_lost(client: httpx.Client) -> None:
    page = client.get("/")
    assert page.status_code in UNAVAILABLE
    assert_page_of_nginx(page, "Back in a moment")
    assert 'http-equiv="refresh"' in page.text
    assert client.get("/_errors/page.css").headers["Content-Type"] == "text/css"

    form = client.post("/chats", data={"name": "Ada"})
    assert form.status_code in UNAVAILABLE
    assert_page_of_nginx(form, "Not sent yet")
    assert "refresh" not in form.text


def test_nginx_finds_a_recreated_chat_ui(stack: ComposeStack, client: httpx.Client) -> None:
    nginx_started = stack.inspect("nginx")["State"]["StartedAt"]
    stack.up("--force-recreate", "--no-deps", "chat-ui")
    eventually(lambda: client.get("/").status_code == httpx.codes.OK, "the home page", 10)
    assert stack.inspect("nginx")["State"]["StartedAt"] == nginx_started


@pytest.fixture
def three_replicas(stack: ComposeStack) -> Iterator[None]:
    stack.up("--no-deps", "--no-recreate", "--scale", "chat-ui=3", "chat-ui")
    yield
    stack.up("--no-deps", "--no-recreate", "--scale", "chat-ui=1", "chat-ui")


@pytest.mark.usefixtures("three_replicas")
def test_all_requests_of_a_chat_go_to_one_replica(stack: ComposeStack, client: httpx.Client) -> None:
    def replica_of(chat: str) -> str:
        request_id = client.get(chat).headers["X-Request-ID"]
        return str(eventually(lambda: logged(stack, request_id), "logged", 10)["upstream"])

    chats = [f"/chats/{uuid4()}" for _ in range(12)]
    eventually(lambda: len({replica_of(chat) for chat in chats}) == 3, "all three in use", 30)
    assert [replica_of(chat) for chat in chats] == [replica_of(chat) for chat in chats]


def is_logged(stack: ComposeStack, service: str, request_id: str) -> bool:
    return request_id in stack.log(service)


def logged(stack: ComposeStack, request_id: str) -> dict[str, object]:
    """The request's line in nginx's log; empty until it is written."""
    lines = [line for line in stack.log("nginx").splitlines() if request_id in line]
    return dict(json.loads(lines[0])) if lines else {}


def assert_page_of_nginx(response: httpx.Response, title: str) -> None:
    assert f"<h1>{title}</h1>" in response.text
    assert "default-src 'none'; style-src 'self'" in response.headers["Content-Security-Policy"]
    assert "<style" not in response.text
