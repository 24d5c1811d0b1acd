"""Every setting of chat-ui. Nobody else reads the environment."""

import os
from enum import StrEnum
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Seconds = Annotated[float, Field(gt=0)]
Limit = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(gt=0)]


class LogFormat(StrEnum):
    JSON = "json"
    TEXT = "text"


class Settings(BaseSettings):
    """Read from the environment; a secret also from the file of its name (lower case) in `SECRETS_DIR`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    db_api_url: str = "http://db-api:8000"
    db_api_token: SecretStr
    lm_api_url: str = "http://lm-api:8080"
    """Several servers are separated by commas; a name that stands for several machines counts as several."""
    lm_api_key: SecretStr
    session_secret: SecretStr
    """Signs the cookie."""

    max_message_chars: Count = 16_000
    max_reply_tokens: Count = 1024
    max_queued: Count = 64
    """Replies that may wait for the model in this process; the next one is answered 503."""
    max_replies_per_user: Count = 2
    lm_patience: Seconds = 120
    """How long a reply waits for a model server that is away before it fails."""

    jwt_secret: SecretStr | None = None
    """Verifies HS256 tokens of another identity provider; 32 bytes and more."""
    jwt_jwks: str | None = None
    """The JSON web key set that verifies RS256 and ES256 tokens, itself: chat-ui has no way out of its network."""
    jwt_jwks_url: str | None = None
    """Where it is, for a chat-ui that has one."""
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    cors_origins: str = ""
    """Sites whose scripts may call `/v1` with a token, separated by commas."""
    limits_requests_per_minute: Limit = 0
    limits_requests_per_day: Limit = 0
    limits_tokens_per_minute: Limit = 0
    limits_tokens_per_day: Limit = 0
    """Of one user; 0 is no limit. A request that comes after the last token is refused."""
    limits_key_requests_per_minute: Limit = 0
    limits_key_requests_per_day: Limit = 0
    limits_key_tokens_per_minute: Limit = 0
    limits_key_tokens_per_day: Limit = 0
    """Of one API key."""

    listen_host: str = "0.0.0.0"  # noqa: S104 - inside its container; nginx alone is published
    listen_port: int = 8000
    forwarded_allow_ips: str = "*"
    """Whose `X-Forwarded-*` counts. Only nginx reaches this service; nginx sets the headers itself."""
    log_format: LogFormat = LogFormat.JSON

    @property
    def lm_api_urls(self) -> list[str]:
        return [url.strip() for url in self.lm_api_url.split(",") if url.strip()]


def load_settings() -> Settings:
    """Settings of this process.

    Raises:
        pydantic.ValidationError: a secret is missing or a value is out of range.
    """
    secrets = os.environ.get("SECRETS_DIR", "/run/secrets")
    return Settings(_secrets_dir=secrets if os.path.isdir(secrets) else None)  # noqa: PTH112 - one line
