"""Each service's command and settings on this machine. The settings have the same names as in compose."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path

from parley_local.child import Service
from parley_local.environment import environment_of
from parley_local.ports import LOOPBACK, free_port, http_url


@dataclass(frozen=True)
class Services:
    """All services of one folder, on ports chosen afresh for each run."""

    folder: Path
    environment: Mapping[str, str]
    db_port: int = field(default_factory=free_port)
    db_api_port: int = field(default_factory=free_port)
    lm_api_port: int = field(default_factory=free_port)

    def db(self) -> Service:
        data = self.folder / "postgres"
        secrets = self.folder / "secrets" / "db"
        command = ("parley_db", "--data", str(data), "--secrets", str(secrets), "--port", str(self.db_port))
        return replace(self._service("db", *command), ready_line=b"Postgres is ready")

    def migrate(self) -> Service:
        return self._service("migrate", "db_api.migrate", DATABASE_URL=self._database_url)

    def lm_api(self) -> Service:
        """The start has no time limit: it downloads the model first and logs its progress."""
        models = self.folder / "models"
        command = ("lm_api", "serve", "--models", str(models), "--host", LOOPBACK, "--port", str(self.lm_api_port))
        return replace(self._service("lm-api", *command), ready_url=f"{self._lm_api_url}/health", start_seconds=inf)

    def db_api(self) -> Service:
        where = {"LISTEN_HOST": LOOPBACK, "LISTEN_PORT": str(self.db_api_port)}
        service = self._service("db-api", "db_api", DATABASE_URL=self._database_url, **where)
        return replace(service, ready_url=f"{self._db_api_url}/health/ready")

    def chat_ui(self, address: str, port: int, *, behind_proxy: bool) -> Service:
        where = {
            "LISTEN_HOST": address,
            "LISTEN_PORT": str(port),
            # Without nginx, chat-ui itself is what the proxy in front reaches.
            "FORWARDED_ALLOW_IPS": LOOPBACK if behind_proxy else self.environment.get("PARLEY_TRUSTED_PROXY") or "none",
        }
        service = self._service("chat-ui", "chat_ui", DB_API_URL=self._db_api_url, LM_API_URL=self._lm_api_url, **where)
        return replace(service, ready_url=f"{http_url(address, port)}/health/ready")

    @property
    def _database_url(self) -> str:
        return f"postgresql+psycopg2://{LOOPBACK}:{self.db_port}/parley"

    @property
    def _db_api_url(self) -> str:
        return http_url(LOOPBACK, self.db_api_port)

    @property
    def _lm_api_url(self) -> str:
        return http_url(LOOPBACK, self.lm_api_port)

    def _service(self, name: str, module: str, *arguments: str, **settings: str) -> Service:
        command = (sys.executable, "-m", module, *arguments)
        return Service(name, command, environment={**self._common(name), **settings})

    def _common(self, name: str) -> dict[str, str]:
        return {
            **environment_of(name, self.environment),
            "LOG_FORMAT": "text",
            "SECRETS_DIR": str(self.folder / "secrets" / name),
            "PYTHONUNBUFFERED": "1",
            # Calls to this machine bypass any proxy that the environment names.
            "NO_PROXY": ",".join(filter(None, (self.environment.get("NO_PROXY"), LOOPBACK, "localhost"))),
        }
