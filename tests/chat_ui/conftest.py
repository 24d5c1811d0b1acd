from collections.abc import Iterator
from contextlib import ExitStack

import openai
import pytest

from tests.support.drivers.chat_ui import FakeWorld, Visitor, World, world_before
from tests.support.drivers.openai_clients import client_of
from tests.support.drivers.program import make_key
from tests.support.running.model_server import ModelServer


@pytest.fixture
def visitor(world: FakeWorld) -> Visitor:
    return world.visitor()


@pytest.fixture(scope="module")
def real(model_server: ModelServer) -> Iterator[World]:
    with world_before(model_server) as world:
        yield world


@pytest.fixture(scope="module")
def clients(real: World, model_server: ModelServer) -> Iterator[tuple[openai.OpenAI, openai.OpenAI]]:
    """OpenAI's client before Parley, and before llama.cpp itself."""
    with ExitStack() as stack:
        yield (
            stack.enter_context(client_of(f"{real.url}/v1", make_key(real))),
            stack.enter_context(client_of(f"{model_server.base_url}/v1", model_server.api_key)),
        )
