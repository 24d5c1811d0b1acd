import re
from pathlib import Path

from tests.support.fixtures.examples import run_examples
from tests.support.running.model_server import ModelServer


def test_the_examples_of_the_readme_work_as_printed(model_server: ModelServer, tmp_path: Path) -> None:
    (tmp_path / "lm_api_key").write_text(model_server.api_key)
    printed = run_examples("lm-api/README.md", LM_API=model_server.base_url, SECRETS_DIR=str(tmp_path))
    for shown in (
        '{"status":"ok"}',
        '"id":"demo"',
        "4 slots of",
        '"object":"chat.completion"',
        "data: [DONE]",
        "5, 6, 7",
        "llamacpp:tokens_predicted_total",
    ):
        assert shown in printed, shown
    assert re.search(r"[1-9]\d* of \d+ tokens were cached", printed), printed
