"""chat-ui as `python -m chat_ui` runs it, which answers SIGUSR1 with a line `tasks N` on stderr."""

import asyncio
import signal
import sys

from chat_ui.__main__ import main


def _count(_number: int, _frame: object) -> None:
    sys.stderr.write(f"tasks {len(asyncio.all_tasks())}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _count)
    main()
