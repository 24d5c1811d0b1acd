"""Every setting of chat-ui. No other module reads the environment.

`python -m chat_ui.settings` only checks them.
"""

import json
import os
import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from chat_ui.models.authorities import PublicAddress, read_public_address

LARGEST = 1_000_000_000
SHORTEST_SECRET = 16


def _http_url(text: str) -> str:
    """Return an address of HTTP unchanged.

    Raises:
        ValueError: it is none; the message continues "X is invalid: it".
    """
    try:
        parts = urlsplit(text)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or any(character.isspace() for character in text):
        raise ValueError("must be an address such as https://app.example")
    return text


def _http_urls(text: str) -> str:
    for url in filter(None, map(str.strip, text.split(","))):
        _http_url(url)
    return text


def _origins(text: str) -> str:
    for origin in filter(None, map(str.strip, text.split(","))):
        if origin != "*" and urlsplit(_http_url(origin)).path.strip("/"):
            raise ValueError("must be sites such as https://app.example, without a path, separated by commas")
    return text


def _key_set(text: str) -> str:
    try:
        keys = json.loads(text)["keys"]
    except (ValueError, TypeError, KeyError):
        keys = None
    if not isinstance(keys, list) or not keys:
        raise ValueError('must be a JSON web key set: {"keys": [...]}')
    return text


Seconds = Annotated[float, Field(gt=0, le=LARGEST, allow_inf_nan=False)]
Limit = Annotated[int, Field(ge=0, le=LARGEST)]
Count = Annotated[int, Field(ge=1, le=LARGEST)]
Secret = Annotated[SecretStr, Field(min_length=SHORTEST_SECRET)]

MIN_JWT_SECRET_BYTES = 32
"""As long as the hash of HS256 (RFC 7518, 3.2)."""

MOST_BYTES_PER_CHARACTER = 12
"""An emoji in a form, or in JSON that escapes it."""
MIN_BODY_KILOBYTES = 256
REST_OF_BODY_BYTES = 64 * 1024


class LogFormat(StrEnum):
    JSON = "json"
    TEXT = "text"


class Settings(BaseSettings):
    """Read from the environment; a secret also from the file with its name (in lower case) in `SECRETS_DIR`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True)

    db_api_url: Annotated[str, AfterValidator(_http_url)] = "http://db-api:8000"
    db_api_token: Secret
    lm_api_url: Annotated[str, AfterValidator(_http_urls)] = "http://lm-api:8080"
    """One or more servers, separated by commas; a name with several addresses counts as several servers."""
    lm_api_key: Secret
    session_secret: Secret
    """Signs the cookie."""
    session_secret_previous: SecretStr | None = None
    """Accepted for cookies too, so that sessions survive a new `SESSION_SECRET`."""

    parley_url: str = ""
    """The address that people open, if a proxy makes it another one than `Host` says; with a path below which it is."""
    parley_hosts: str = ""
    """Names under which Parley answers, separated by commas; `*` means all. See `web/middleware/hosts.py`."""
    parley_bind: str = "127.0.0.1"
    """The address on which the front door is published."""

    max_message_chars: Annotated[int, Field(gt=0, le=100_000)] = 16_000
    max_reply_tokens: Count = 1024
    max_queued: Count = 64
    """The most replies that wait for the model in this process; further ones are refused with 503."""
    max_replies_per_user: Count = 2
    lm_patience: Seconds = 120
    """How long a reply waits for an unavailable model server before it fails."""

    jwt_secret: SecretStr | None = None
    """Verifies HS256 tokens of another identity provider; at least 32 bytes."""
    jwt_jwks: Annotated[str, AfterValidator(_key_set)] | None = None
    """The JSON web key set itself that verifies RS256 and ES256 tokens, for a chat-ui without outbound access."""
    jwt_jwks_url: Annotated[str, AfterValidator(_http_url)] | None = None
    """The address of the JSON web key set, for a chat-ui with outbound access."""
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    cors_origins: Annotated[str, AfterValidator(_origins)] = ""
    """Sites, separated by commas, whose scripts may call `/v1` with a key or token."""
    limits_requests_per_minute: Limit = 0
    limits_requests_per_day: Limit = 0
    limits_tokens_per_minute: Limit = 0
    limits_tokens_per_day: Limit = 0
    """Per user; 0 means no limit. Requests are refused once the tokens are used up."""
    limits_key_requests_per_minute: Limit = 0
    limits_key_requests_per_day: Limit = 0
    limits_key_tokens_per_minute: Limit = 0
    limits_key_tokens_per_day: Limit = 0
    """Per API key; 0 means no limit."""
    limits_network_guests_per_minute: Limit = 60
    limits_network_guests_per_hour: Limit = 300
    limits_network_messages_per_minute: Limit = 600
    limits_network_requests_per_minute: Limit = 3_000
    """Per network (an IPv4 address or an IPv6 /64) and process; 0 means no limit."""

    listen_host: str = "0.0.0.0"  # noqa: S104 - inside its container; only nginx is published
    listen_port: int = Field(default=8000, ge=1, le=65_535)
    forwarded_allow_ips: str = "*"
    """Peers whose `X-Forwarded-*` headers are trusted. Only nginx reaches this service, and it sets them itself."""
    log_format: LogFormat = LogFormat.JSON

    @field_validator("jwt_secret")
    @classmethod
    def _is_long_enough(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret and len(secret.get_secret_value().encode()) < MIN_JWT_SECRET_BYTES:
            raise ValueError(f"must have at least {MIN_JWT_SECRET_BYTES} bytes: a shorter secret can be guessed")
        return secret

    @field_validator("parley_url")
    @classmethod
    def _is_readable(cls, url: str) -> str:
        read_public_address(url)
        return url

    @property
    def public(self) -> PublicAddress:
        return read_public_address(self.parley_url)

    @property
    def max_body_kilobytes(self) -> int:
        """Enough for the longest message in any script. nginx computes the same (nginx/variables.envsh)."""
        needed = self.max_message_chars * MOST_BYTES_PER_CHARACTER + REST_OF_BODY_BYTES
        return max(MIN_BODY_KILOBYTES, -(-needed // 1024))

    @property
    def session_secrets(self) -> list[str]:
        """The secrets of cookies, the current one first."""
        secrets = (self.session_secret, self.session_secret_previous)
        return [secret.get_secret_value() for secret in secrets if secret]

    @property
    def lm_api_urls(self) -> list[str]:
        return [url.strip() for url in self.lm_api_url.split(",") if url.strip()]

    @model_validator(mode="after")
    def _agree(self) -> Self:
        """Refuse settings that contradict each other."""
        if self.jwt_jwks and self.jwt_jwks_url:
            raise ValueError("JWT_JWKS and JWT_JWKS_URL are both set: remove one of them.")
        if (self.jwt_issuer or self.jwt_audience) and not (self.jwt_secret or self.jwt_jwks or self.jwt_jwks_url):
            raise ValueError(
                "JWT_ISSUER and JWT_AUDIENCE have no effect alone: set JWT_SECRET, JWT_JWKS or JWT_JWKS_URL too."
            )
        for name in ("requests", "tokens", "key_requests", "key_tokens"):
            minute, day = (getattr(self, f"limits_{name}_per_{period}") for period in ("minute", "day"))
            if 0 < day < minute:
                upper = f"LIMITS_{name}".upper()
                raise ValueError(
                    f"{upper}_PER_MINUTE={minute} is more than {upper}_PER_DAY={day}: lower it, or raise the other."
                )
        return self


def load_settings() -> Settings:
    """Return the settings of this process, or end it with a sentence about the first invalid one."""
    secrets = os.environ.get("SECRETS_DIR", "/run/secrets")
    try:
        return Settings(_secrets_dir=secrets if os.path.isdir(secrets) else None)  # noqa: PTH112 - one line
    except ValidationError as error:
        sys.exit(explain(error))


def explain(error: ValidationError) -> str:
    """One sentence that names the first invalid setting, its value unless it is secret, and what to do."""
    first = error.errors()[0]
    if not first["loc"]:
        return str(first["msg"]).removeprefix("Value error, ")
    name = str(first["loc"][0])
    field = Settings.model_fields[name]
    if first["type"] == "missing":
        return f"{name.upper()} is missing: set it, or write it into the file {name} of the folder SECRETS_DIR."
    secret = "SecretStr" in str(field.annotation)
    value = "" if secret else f"={first['input']}"
    remedy = "" if field.is_required() else ", or remove it"
    if remedy and field.default not in {None, ""}:
        remedy += f" for the default, {field.default}"
    return f"{name.upper()}{value} is invalid: it {_rule(first)}. Change it{remedy}."


def _rule(error: Mapping[str, Any]) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "int_parsing" | "int_from_float" | "int_parsing_size":
            return "must be a whole number"
        case "float_parsing" | "finite_number":
            return "must be a number"
        case "greater_than":
            return f"must be more than {context['gt']:g}"
        case "greater_than_equal":
            return f"must be at least {context['ge']}"
        case "less_than_equal":
            return f"must be at most {context['le']:.0f}"
        case "too_short" | "string_too_short":
            return f"must have at least {context['min_length']} characters"
        case "enum":
            return f"must be {context['expected']}"
        case _:
            return str(error["msg"]).removeprefix("Value error, ")


if __name__ == "__main__":
    load_settings()
