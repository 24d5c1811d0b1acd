import os
import re
import subprocess
from pathlib import Path

from tests.support.chat_ui import FakeWorld
from tests.support.program import make_key

EXAMPLES = Path(__file__).parents[2] / "docs" / "api.md"


def test_the_examples_of_the_api_work_as_printed(world: FakeWorld) -> None:
    blocks = re.findall(r"^```bash\n(.*?)^```", EXAMPLES.read_text(), re.MULTILINE | re.DOTALL)
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        env=os.environ | {"PARLEY": world.url, "KEY": make_key(world), "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr + result.stdout
    for shown in (
        '"response":"The answer is **forty-two**."',
        'data: {"token": "The',
        '"title":"Greetings"',
        "/problems/conversation-changed",
        '"object":"chat.completion"',
        "data: [DONE]",
        "/problems/conversation-not-found",
    ):
        assert shown in result.stdout, shown
