"""Every setting of chat-ui. No other module reads the environment."""

import os
import sys
from enum import StrEnum
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from chat_ui.models.authorities import PublicAddress, read_public_address

Seconds = Annotated[float, Field(gt=0)]
Limit = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(gt=0)]

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

    db_api_url: str = "http://db-api:8000"
    db_api_token: SecretStr
    lm_api_url: str = "http://lm-api:8080"
    """One or more servers, separated by commas; a name with several addresses counts as several servers."""
    lm_api_key: SecretStr
    session_secret: SecretStr
    """Signs the cookie."""
    session_secret_previous: SecretStr | None = None
    """Accepted for cookies too, so that sessions survive a new `SESSION_SECRET`."""

    parley_url: str = ""
    """The address that people open, if a proxy makes it another one than `Host` says; with a path below which it is."""
    parley_hosts: str = ""
    """Names under which Parley answers, separated by commas; `*` means all. See `web/hosts.py`."""
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
    jwt_jwks: str | None = None
    """The JSON web key set itself that verifies RS256 and ES256 tokens, for a chat-ui without outbound access."""
    jwt_jwks_url: str | None = None
    """The address of the JSON web key set, for a chat-ui with outbound access."""
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    cors_origins: str = ""
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
    listen_port: int = 8000
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


def load_settings() -> Settings:
    """The settings of this process. It ends, naming them, if a secret is missing or a value is out of range."""
    secrets = os.environ.get("SECRETS_DIR", "/run/secrets")
    try:
        return Settings(_secrets_dir=secrets if os.path.isdir(secrets) else None)  # noqa: PTH112 - one line
    except ValidationError as error:
        # Without the values: one of them may be a secret.
        found = (f"{str(e['loc'][0]).upper()}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors())
        sys.exit(f"chat-ui: these settings are invalid.\n{chr(10).join(found)}")
