"""`python -m lm_api fetch`, `serve` and `models`."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from lm_api.catalogue import DEMO_FILE, DEMO_MODEL, UnknownModel, catalogue
from lm_api.flags import ServerCommand
from lm_api.gguf import NotAModel, read_facts
from lm_api.machine import BadSetting, this_machine
from lm_api.options import check_options, choose_options
from lm_api.server import ServerFailed, run_server
from lm_api.serving import ServedModel, choose_draft, choose_model, copy_below, write_current
from lm_api.settings import Settings


def main() -> None:
    arguments = _parser().parse_args()
    settings = Settings.from_environment()
    settings = replace(
        settings, model=arguments.model or settings.model, models_dir=arguments.models or settings.models_dir
    )
    try:
        arguments.command(settings, arguments)
    except (UnknownModel, NotAModel, BadSetting, ServerFailed) as error:
        sys.exit(str(error))
    except OSError as error:  # for example a full disk, or a models directory that cannot be written
        sys.exit(f"Cannot start: {error}.")
    except KeyboardInterrupt:  # during a download, which the next start resumes
        sys.exit(130)


def fetch(settings: Settings, arguments: argparse.Namespace) -> None:
    machine = this_machine(settings.environment)
    check_options(machine, settings.environment)  # before a download
    memory = machine.memory
    model = choose_model(settings.model, settings.models_dir, memory, say)
    draft = choose_draft(settings.draft_model, model, settings.models_dir, memory, say)
    model = replace(model, path=copy_below(settings.models_dir, "local", model.path))
    draft = copy_below(settings.models_dir, "local-draft", draft) if draft else None
    command = _command(settings, model, draft, arguments)
    write_current(settings.models_dir, model, command, _fallback(settings, model, arguments))
    say(f"{model.name} is ready to serve.")


def _fallback(settings: Settings, model: ServedModel, arguments: argparse.Namespace) -> ServerCommand | None:
    """The demo model's command, with settings of its own; None if the demo model is served anyway."""
    if model.name == DEMO_MODEL:
        return None
    path = copy_below(settings.models_dir, "local", DEMO_FILE)
    demo = ServedModel(path, DEMO_MODEL, wanted=model.wanted)
    return _command(replace(settings, environment={}), demo, None, arguments, explain=False)


def serve(settings: Settings, arguments: argparse.Namespace) -> None:
    if not settings.has_api_key:
        raise ServerFailed(f"The model server needs an API key: write one into {settings.api_key_file}.")
    machine = this_machine(settings.environment)
    check_options(machine, settings.environment)  # before a download
    memory = machine.memory
    model = choose_model(settings.model, settings.models_dir, memory, say)
    draft = choose_draft(settings.draft_model, model, settings.models_dir, memory, say)
    run_server(_command(settings, model, draft, arguments), say)


def list_models(_settings: Settings, _arguments: argparse.Namespace) -> None:
    for name, entry in catalogue().items():
        size = f"{'about ' if entry.approximate else ''}{entry.bytes / 1e6:,.0f} MB"
        can_think = "can think" if entry.thinks else ""
        say(f"{name:14}{size:>14}  {can_think:10} {entry.licence}  {entry.repository}:{entry.file}")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _command(
    settings: Settings, model: ServedModel, draft: Path | None, arguments: argparse.Namespace, *, explain: bool = True
) -> ServerCommand:
    machine, facts = this_machine(settings.environment), read_facts(model.path)
    if draft:
        facts = facts.combined_with(read_facts(draft))
    options = choose_options(machine, facts, settings.environment)
    if explain:
        say(f"{machine}: {options}. Each value has a setting, see lm-api/README.md.")
    return ServerCommand(
        model=model.path,
        name=model.name,
        wanted=model.wanted,
        host=arguments.host,
        port=arguments.port,
        api_key_file=settings.api_key_file,
        options=options,
        draft=draft,
    )


def _parser() -> argparse.ArgumentParser:
    model = argparse.ArgumentParser(add_help=False)
    model.add_argument("--model", help="default: MODEL, else qwen2.5-0.5b")
    model.add_argument("--models", type=Path, metavar="DIR", help="the folder for downloads; default: MODELS_DIR")
    model.add_argument("--port", type=int, default=8080)

    parser = argparse.ArgumentParser(prog="lm_api", description="Parley's language model, served by llama.cpp")
    commands = parser.add_subparsers(required=True)
    for command, name, host, summary in (
        (fetch, "fetch", "0.0.0.0", "download the model and write the server's arguments for another container"),  # noqa: S104
        (serve, "serve", "127.0.0.1", "serve the model until stopped"),
    ):
        sub = commands.add_parser(name, parents=[model], help=summary)
        sub.add_argument("--host", default=host)
        sub.set_defaults(command=command)
    models = commands.add_parser("models", help="list the models that MODEL knows by name")
    models.set_defaults(command=list_models, model=None, models=None)
    return parser


if __name__ == "__main__":
    main()
