import os
import re
import subprocess
from pathlib import Path

from tests.support.database import Database
from tests.support.db_api import DbApiServer

README = Path(__file__).parents[2] / "db-api" / "README.md"


def test_the_examples_of_the_readme_work_as_printed(database: Database, db_api_server: DbApiServer) -> None:
    blocks = re.findall(r"^```bash\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        env=os.environ | {"DB_API": db_api_server.base_url, "SECRETS_DIR": str(database.secrets), "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr + result.stdout
    for shown in (
        '"text":"384,000"',
        '"content":"About 384,000 km."',
        '"status":"stopped"',
        '"title":"Moon"',
        "/problems/session-unknown",
        '{"status":"ready"}',
    ):
        assert shown in result.stdout


def test_the_readme_names_every_setting() -> None:
    from db_api.settings import MigrationSettings, Settings

    named = set(re.findall(r"`([A-Z_]+)`", README.read_text()))
    assert {name.upper() for name in Settings.model_fields | MigrationSettings.model_fields} <= named
