"""`make run`: all of Parley on this machine, without Docker."""

import argparse
import signal
import sys
import webbrowser

from pydantic import ValidationError

from parley_local.errors import CannotStart, StopRequested
from parley_local.nginx import find_nginx
from parley_local.settings import Settings, service_environment
from parley_local.stack import Stack

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    arguments = _parser().parse_args()
    try:
        settings = Settings()
        run(settings, browser=arguments.browser)
    except ValidationError as error:
        return _refuse(_sentence(error))
    except CannotStart as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"Cannot start: {error}.")
    except (StopRequested, KeyboardInterrupt):
        pass
    return 0


def run(settings: Settings, *, browser: bool) -> None:
    """Run everything until a signal stops it."""
    stack = Stack(
        settings.parley_directory,
        port=settings.parley_port,
        address=str(settings.parley_bind),
        environment=service_environment(),
        nginx=find_nginx(),
    )
    for signum in STOP_SIGNALS:
        signal.signal(signum, lambda *_: stack.request_stop())
    with stack:
        stack.say(f"Parley is ready: {stack.url} (Ctrl-C stops everything; your chats stay in {stack.directory}).")
        if browser and settings.is_watched:
            webbrowser.open(stack.url)
        stack.wait()
        stack.say("Stopping …")
    stack.say("Stopped.")


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"Invalid setting {str(first['loc'][0]).upper()}={first['input']}: {first['msg']}."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="do not open the page")
    return parser


if __name__ == "__main__":
    sys.exit(main())
