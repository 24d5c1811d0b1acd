"""Every setting of every service: an invalid value ends the start with one sentence, not with a traceback."""

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import chat_ui.settings
import db_api.settings
import pytest
from lm_api.machine import BadSetting, Machine
from lm_api.options import ServerOptions, check_options
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

ROOT = Path(__file__).resolve().parents[2]
GOOD_SECRET = "0123456789" * 4
TEXTS = {"JWT_ISSUER", "JWT_AUDIENCE", "LISTEN_HOST", "FORWARDED_ALLOW_IPS", "PARLEY_HOSTS", "PARLEY_BIND"}
"""Any text is valid."""

LOADERS: dict[str, tuple[type[BaseSettings], Callable[[], BaseSettings]]] = {
    "chat-ui": (chat_ui.settings.Settings, chat_ui.settings.load_settings),
    "db-api": (db_api.settings.Settings, lambda: db_api.settings.load_settings(db_api.settings.Settings)),
    "migrate": (
        db_api.settings.MigrationSettings,
        lambda: db_api.settings.load_settings(db_api.settings.MigrationSettings),
    ),
}


def is_secret(field: FieldInfo) -> bool:
    return "SecretStr" in str(field.annotation)


def bad_values(field: FieldInfo) -> list[str]:
    kind = str(field.annotation)
    if "int" in kind:
        return ["many", "-1", "1.5", "1e99", "9" * 30, "0x10"]
    if "float" in kind:
        return ["soon", "-1", "0", "inf", "nan", "1e99"]
    return ["short"] if is_secret(field) else ["no url", "nourl", "http://"]


def cases() -> Iterator[Any]:
    for service, (settings, _) in LOADERS.items():
        for name, field in settings.model_fields.items():
            if name.upper() not in TEXTS and "previous" not in name:
                for value in bad_values(field):
                    yield pytest.param(service, name, value, id=f"{service}-{name}-{value}")


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for settings, _ in LOADERS.values():
        for name, field in settings.model_fields.items():
            if field.is_required():
                monkeypatch.setenv(name.upper(), GOOD_SECRET)


def refusal(service: str) -> str:
    """The sentence that ends the start."""
    with pytest.raises(SystemExit) as ended:
        LOADERS[service][1]()
    return str(ended.value)


@pytest.mark.parametrize(("service", "name", "value"), list(cases()))
def test_a_value_that_makes_no_sense_is_named(
    monkeypatch: pytest.MonkeyPatch, service: str, name: str, value: str
) -> None:
    monkeypatch.setenv(name.upper(), value)
    sentence = refusal(service)
    assert sentence.startswith(name.upper())
    assert " must " in sentence
    assert "Change it" in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert (f"={value} " in sentence) != is_secret(LOADERS[service][0].model_fields[name])


@pytest.mark.parametrize("service", LOADERS)
def test_a_missing_secret_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, service: str) -> None:
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path))
    for name, field in LOADERS[service][0].model_fields.items():
        if field.is_required():
            with monkeypatch.context() as context:
                context.delenv(name.upper())
                assert refusal(service).startswith(
                    f"{name.upper()} is missing: set it, or write it into the file {name}"
                )


@pytest.mark.parametrize(
    "contradiction",
    [
        {"JWT_JWKS": '{"keys": [{}]}', "JWT_JWKS_URL": "https://login.example/keys"},
        {"JWT_ISSUER": "https://login.example"},
        {"JWT_AUDIENCE": "parley"},
        {"LIMITS_REQUESTS_PER_MINUTE": "20", "LIMITS_REQUESTS_PER_DAY": "10"},
        {"LIMITS_KEY_TOKENS_PER_MINUTE": "20", "LIMITS_KEY_TOKENS_PER_DAY": "10"},
    ],
    ids=lambda settings: "-".join(settings),
)
def test_settings_that_contradict_each_other_are_named(
    monkeypatch: pytest.MonkeyPatch, contradiction: dict[str, str]
) -> None:
    for name, value in contradiction.items():
        monkeypatch.setenv(name, value)
    sentence = refusal("chat-ui")
    assert all(name in sentence for name in contradiction)
    assert sentence.endswith(".")


def test_the_migration_checks_the_settings_of_db_api_before_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("API_PASSWORD")  # not there for the migration
    db_api.settings.check_settings(db_api.settings.Settings)
    monkeypatch.setenv("POOL_SIZE", "0")
    with pytest.raises(SystemExit, match="POOL_SIZE=0 is invalid"):
        db_api.settings.check_settings(db_api.settings.Settings)


@pytest.mark.parametrize("module", ["chat_ui", "chat_ui.settings", "db_api", "db_api.migrate"])
def test_a_program_ends_without_a_traceback(module: str) -> None:
    environment = {**os.environ, "LOG_FORMAT": "xml"}
    done = subprocess.run([sys.executable, "-m", module], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert (
        done.stderr
        == "LOG_FORMAT=xml is invalid: it must be 'json' or 'text'. Change it, or remove it for the default, json.\n"
    )


CheckNginx = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def check_nginx(tmp_path: Path) -> CheckNginx:
    """nginx's check, with an nginx that claims a version and accepts any configuration."""

    def check(version: str = "1.30.6", **settings: str) -> subprocess.CompletedProcess[str]:
        program = tmp_path / "nginx"
        program.write_text(f"#!/bin/sh\n[ \"$1\" != -v ] || echo 'nginx version: nginx/{version} (Debian)' >&2\n")
        program.chmod(0o755)
        defaults = {"NGINX_RATE": "50", "NGINX_CONNECTIONS": "200", "NGINX_PUBLISHED_PORT": "80"}
        environment = {**os.environ, "NGINX_TRUSTED": "127.0.0.1/32", **defaults, **settings}
        environment["PATH"] = f"{tmp_path}:{environment['PATH']}"
        script = ROOT / "nginx" / "check-settings.sh"
        return subprocess.run([script], env=environment, capture_output=True, text=True, check=False)

    return check


def test_nginx_starts_with_its_defaults_and_from_1_30_2_on(check_nginx: CheckNginx) -> None:
    for version in ("1.30.2", "1.30.10", "1.31.0", "2.0.0"):
        assert check_nginx(version).returncode == 0
    for version in ("1.30.1", "1.29.9", "1.8.0"):
        assert f"nginx {version} is too old: Parley needs nginx 1.30.2 or newer" in check_nginx(version).stderr


@pytest.mark.parametrize("value", ["", "0", "-1", "1.5", "fast", "50r/s; evil", "9" * 30, "1 "])
@pytest.mark.parametrize(
    ("inner", "outer"), [("NGINX_RATE", "PARLEY_RATE"), ("NGINX_CONNECTIONS", "PARLEY_CONNECTIONS")]
)
def test_nginxs_numbers_are_checked(check_nginx: CheckNginx, inner: str, outer: str, value: str) -> None:
    refused = check_nginx(**{inner: value})
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"{outer}={value} is invalid: it must be a whole number from 1 to ")


@pytest.mark.parametrize("value", ["anyone", "1.2.3.4; evil", "", "$host"])
def test_nginxs_trusted_proxy_is_checked(check_nginx: CheckNginx, value: str) -> None:
    refused = check_nginx(NGINX_TRUSTED=value)
    assert refused.stderr.startswith(f"PARLEY_TRUSTED_PROXY={value} is invalid: it must be an address or a network")


MACHINE = Machine(cores=2, memory=8 * 2**30)


@pytest.mark.parametrize("option", [field.name for field in dataclasses.fields(ServerOptions)])
def test_the_model_servers_options_are_checked_before_a_download(option: str) -> None:
    for value in ("many", "-1", "1.5", "9" * 30, "\N{FULLWIDTH DIGIT FOUR}"):
        with pytest.raises(BadSetting, match=rf"^LM_{option.upper()}={value} is invalid: it must .*\.$"):
            check_options(MACHINE, {f"LM_{option.upper()}": value})


@pytest.mark.parametrize(
    "setting", ["LM_SLOTS=2", "LM_SLOTS=3", "LM_THREADS=999", "LM_THREADS_BATCH=65", "LM_TIMEOUT=0"]
)
def test_options_that_this_machine_cannot_have_are_named(setting: str) -> None:
    name, value = setting.split("=")
    with pytest.raises(BadSetting, match=f"^{setting} is invalid: it must "):
        check_options(MACHINE, {name: value})
