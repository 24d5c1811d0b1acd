"""What a shell holds reaches a service only if that service needs it."""

from typing import Any

import chat_ui.settings
import db_api.settings
import pytest
from lm_api.options import ServerOptions
from parley_local.environment import environment_of
from pydantic_settings import BaseSettings

SETTINGS: list[tuple[str, type[BaseSettings]]] = [
    ("chat-ui", chat_ui.settings.Settings),
    ("db-api", db_api.settings.Settings),
    ("migrate", db_api.settings.MigrationSettings),
]
SET_BY_THE_RUN = {"LISTEN_HOST", "LISTEN_PORT", "FORWARDED_ALLOW_IPS", "LOG_FORMAT"}
FOREIGN = {"AWS_SECRET_ACCESS_KEY": "a", "GITHUB_TOKEN": "b", "SSH_AUTH_SOCK": "c", "PGPASSWORD": "d"}


@pytest.mark.parametrize(("service", "settings"), SETTINGS)
def test_a_service_gets_every_setting_of_its_own(service: str, settings: Any) -> None:
    given = {name.upper(): "1" for name in settings.model_fields} | FOREIGN
    assert given.keys() - environment_of(service, given).keys() == (SET_BY_THE_RUN & given.keys()) | FOREIGN.keys()


def test_the_model_server_gets_its_options() -> None:
    given = {f"LM_{name.upper()}": "1" for name in ServerOptions.__dataclass_fields__} | {
        "MODEL": "demo",
        "HF_TOKEN": "t",
    }
    assert environment_of("lm-api", given | FOREIGN) == given


@pytest.mark.parametrize("service", ["db", "migrate", "db-api", "chat-ui", "lm-api", "nginx"])
def test_a_secret_of_one_service_reaches_no_other(service: str) -> None:
    owners = {"JWT_SECRET": "chat-ui", "HF_TOKEN": "lm-api", "OWNER_PASSWORD": "migrate", "API_PASSWORD": "db-api"}
    got = environment_of(service, dict.fromkeys(owners, "secret") | {"PATH": "/bin"} | FOREIGN)
    assert set(got) == {"PATH"} | {name for name, owner in owners.items() if owner == service}
