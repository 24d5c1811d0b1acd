import re

from tests.support.fixtures.examples import ROOT, run_examples
from tests.support.running.database import Database
from tests.support.running.db_api import DbApiServer

README = "db-api/README.md"


def test_the_examples_of_the_readme_work_as_printed(database: Database, db_api_server: DbApiServer) -> None:
    printed = run_examples(README, DB_API=db_api_server.base_url, SECRETS_DIR=str(database.secrets))
    for shown in (
        '"text":"384,000"',
        '"content":"About 384,000 km."',
        '"status":"stopped"',
        '"title":"Moon"',
        "/problems/session-unknown",
        '{"status":"ready"}',
    ):
        assert shown in printed, shown


def test_the_readme_names_every_setting() -> None:
    from db_api.settings import MigrationSettings, Settings

    named = set(re.findall(r"`([A-Z_]+)`", (ROOT / README).read_text()))
    assert {name.upper() for name in Settings.model_fields | MigrationSettings.model_fields} <= named
