"""The examples of a document, run as they are printed: a reader copies them, so they must work."""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_examples(document: str, folder: Path | None = None, **environment: str) -> str:
    """Runs all ```bash blocks of a document as one script and returns what it printed.

    Raises:
        AssertionError: one of them failed.
    """
    blocks = re.findall(r"^```bash\n(.*?)^```", (ROOT / document).read_text(), re.MULTILINE | re.DOTALL)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        env=os.environ | {"NO_PROXY": "*"} | environment,
        stdin=subprocess.DEVNULL,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout
