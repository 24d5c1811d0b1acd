"""The stack in service: what a frozen program, a changed secret, a wrong setting and a new nginx cost."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import uuid4

import httpx
import pytest

from tests.support.drivers.chat_ui import visiting
from tests.support.running.compose import ComposeStack, docker, eventually
from tests.system.test_front_door import logged
from tests.system.test_replicas import LONG, WHOLE, text_of

FREEZE = """for process in /proc/[0-9]*; do
    read -r name <$process/comm
    case $name in python* | nginx | llama-server) kill -STOP ${process#/proc/} ;; esac
done"""
RESTARTED_SECONDS = 150
"""A check rests for a minute, and asks a frozen program three times for ten seconds."""


@pytest.fixture
def very_slow_model(stack: ComposeStack) -> Iterator[None]:
    (lm_api,) = stack.containers("lm-api")
    docker("update", "--cpus", "0.02", lm_api)
    yield
    docker("update", "--cpus", "2", lm_api)


def test_a_frozen_program_is_restarted(stack: ComposeStack, client: httpx.Client) -> None:
    services = ("chat-ui", "db-api", "lm-api", "nginx")
    before = {service: restarts(stack, service) for service in services}
    for service in services:
        stack.execute(service, "bash", "-c", FREEZE)
    for service in services:
        eventually(
            partial(lambda service: restarts(stack, service) > before[service], service),
            f"{service} restarted",
            RESTARTED_SECONDS,
        )
    eventually(lambda: is_ready(client), "Parley is ready again")


@pytest.mark.parametrize(("secret", "readers"), [("session_secret", ["chat-ui"]), ("api_password", ["db-api"])])
def test_a_deleted_secret_is_made_anew_and_its_readers_start_again(
    stack: ComposeStack, client: httpx.Client, secret: str, readers: list[str]
) -> None:
    before = {service: restarts(stack, service) for service in readers}
    stack.run("run", "--rm", "--no-deps", "--entrypoint", "rm", "secrets", f"/secrets/all/{secret}")
    stack.up("--no-recreate")
    for service in readers:
        eventually(partial(lambda service: restarts(stack, service) > before[service], service), "started again")
    eventually(lambda: is_ready(client), "Parley is ready again", 90)
    with visiting(stack.url) as visitor:
        chat = visitor.open_chat(None)
        assert visitor.ask_and_wait(chat, "Hello").attributes["data-status"] == "complete"


@pytest.mark.parametrize(
    ("task", "setting", "value"),
    [
        ("check-chat-ui", "CORS_ORIGINS", "nourl"),
        ("check-nginx", "PARLEY_RATE", "fast"),
        ("migrate", "POOL_SIZE", "0"),
        ("model", "LM_SLOTS", "2"),
    ],
)
def test_a_wrong_setting_ends_the_start_and_leaves_what_runs(
    stack: ComposeStack, client: httpx.Client, task: str, setting: str, value: str
) -> None:
    refused = stack.try_run("run", "--rm", "--no-deps", "--no-TTY", task, **{setting: value})
    assert refused.returncode == 1
    (sentence,) = [line for line in (refused.stdout + refused.stderr).splitlines() if setting in line]
    assert sentence.startswith(f"{setting}={value} ")
    assert "Traceback" not in refused.stderr
    assert is_ready(client)


@pytest.mark.usefixtures("very_slow_model")
@pytest.mark.parametrize("act", ["reload", "restart"])
def test_a_stream_outlives_nginxs_reload_and_its_end(stack: ComposeStack, act: str) -> None:
    (nginx,) = stack.containers("nginx")
    command = ("exec", nginx, "nginx", "-s", "reload") if act == "reload" else ("restart", nginx)
    with visiting(stack.url) as visitor, ThreadPoolExecutor() as pool:
        sent = visitor.ask(visitor.open_chat(None), LONG)
        with visitor.http.stream("GET", f"{sent.address}/events") as response:
            lines = response.iter_lines()
            assert any("<p>1, 2" in line for line in lines)
            acting = pool.submit(docker, *command)
            seen = "\n".join(lines)  # an end before the reply's would raise
        acting.result()
        assert "event: complete" in seen or "complete" in seen
        eventually(lambda: is_ready(visitor.http), "nginx answers again")
        eventually(lambda: text_of(visitor, sent) == WHOLE, "the whole text")


def test_a_killed_replica_costs_a_retry_and_no_error(stack: ComposeStack, client: httpx.Client) -> None:
    stack.up("--no-deps", "--no-recreate", "--scale", "chat-ui=3", "chat-ui")
    try:
        victim = stack.containers("chat-ui")[0]
        with ThreadPoolExecutor() as pool:
            killing = pool.submit(docker, "kill", victim)
            answers = [client.get(f"/chats/{uuid4()}").status_code for _ in range(60)]
            killing.result()
        assert set(answers) == {httpx.codes.NOT_FOUND}
    finally:
        docker("start", victim)
        stack.up("--no-deps", "--no-recreate", "--scale", "chat-ui=1", "chat-ui")


def test_nginx_says_where_parley_is_once_it_is_ready(stack: ComposeStack) -> None:
    said = re.findall(r"Parley is ready: (http://\S+?)\"", stack.log("nginx"))
    assert stack.url in said


def test_nginx_has_no_way_out(stack: ComposeStack) -> None:
    attempt = stack.try_run("exec", "--no-TTY", "nginx", "curl", "--max-time", "3", "-s", "http://1.1.1.1/")
    assert attempt.returncode != 0


def test_the_logs_of_all_services_have_one_form_of_time(stack: ComposeStack, client: httpx.Client) -> None:
    request_id = client.get("/").headers["X-Request-ID"]
    line = eventually(lambda: logged(stack, request_id), "logged", 10)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+]00:00", str(line["time"]))
    for service in ("chat-ui", "db-api"):
        times = re.findall(r'"time": "([^"]+)"', stack.log(service))
        assert times
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.]\d+[+]00:00", time) for time in times)


def test_no_search_word_is_logged_anywhere(stack: ComposeStack, client: httpx.Client) -> None:
    word = f"private{uuid4().hex}"
    request_id = client.get(f"/search?q={word}").headers["X-Request-ID"]
    eventually(lambda: logged(stack, request_id), "logged", 10)
    assert word not in stack.run("logs", "--no-color")


def restarts(stack: ComposeStack, service: str) -> int:
    return int(stack.inspect(service)["RestartCount"])


def is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/health/ready").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
