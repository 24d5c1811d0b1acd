"""`compose.dev.yaml` publishes the inner services on this machine, to study them with curl."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fixtures.examples import run_examples
from tests.support.running.compose import ComposeStack

INNER = ("db-api", "lm-api")
GO_OUT = "import socket; socket.create_connection(('1.1.1.1', 80), timeout=3)"


@pytest.fixture(scope="module", autouse=True)
def published(stack: ComposeStack) -> Iterator[None]:
    both = ("-f", "compose.yaml", "-f", "compose.dev.yaml")
    stack.run(*both, "up", "--detach", "--wait", "--no-deps", *INNER, DB_API_PORT="0", LM_API_PORT="0")
    yield
    stack.up("--no-deps", *INNER)


def secret(stack: ComposeStack, folder: Path, service: str, name: str) -> str:
    """Write the service's key into the folder, as the READMEs read it, and return the folder."""
    (folder / name).write_text(stack.execute(service, "cat", f"/run/secrets/{name}"))
    return str(folder)


def test_the_examples_of_db_apis_readme_work_from_outside(stack: ComposeStack, tmp_path: Path) -> None:
    address = stack.run("port", "db-api", "8000").strip()
    folder = secret(stack, tmp_path, "db-api", "db_api_token")
    assert address.startswith("127.0.0.1:")
    assert "About 384,000 km." in run_examples("db-api/README.md", DB_API=f"http://{address}", SECRETS_DIR=folder)


def test_the_examples_of_lm_apis_readme_work_from_outside(stack: ComposeStack, tmp_path: Path) -> None:
    address = stack.run("port", "lm-api", "8080").strip()
    folder = secret(stack, tmp_path, "lm-api", "lm_api_key")
    assert address.startswith("127.0.0.1:")
    assert "data: [DONE]" in run_examples("lm-api/README.md", LM_API=f"http://{address}", SECRETS_DIR=folder)


def test_the_published_services_still_have_no_way_out(stack: ComposeStack) -> None:
    with pytest.raises(AssertionError, match=r"timed out|unreachable"):
        stack.execute("db-api", "python", "-c", GO_OUT)
