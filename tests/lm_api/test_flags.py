from dataclasses import replace
from pathlib import Path

import pytest
from lm_api.flags import ServerCommand
from lm_api.gguf import ModelFacts
from lm_api.machine import BadSetting, Machine
from lm_api.options import choose_options

GIGABYTE = 2**30
MACHINE = Machine(cores=4, memory=8 * GIGABYTE)
SMALL_MODEL = ModelFacts(bytes=400_000_000, context=32_768, cache_bytes_per_token=12_288)


def command(**environment: str) -> ServerCommand:
    return ServerCommand(
        model=Path("/models/small.gguf"),
        name="demo",
        wanted="qwen2.5-0.5b",
        host="0.0.0.0",
        port=8080,
        api_key_file=Path("/run/secrets/lm_api_key"),
        options=choose_options(MACHINE, SMALL_MODEL, environment),
    )


def value(arguments: list[str], flag: str) -> str:
    return arguments[arguments.index(flag) + 1]


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 1), (8, 7)])
def test_writing_a_reply_leaves_one_core_free(cores: int, threads: int) -> None:
    options = choose_options(replace(MACHINE, cores=cores), SMALL_MODEL, {})
    assert (options.threads, options.threads_batch) == (threads, cores)


def test_four_replies_are_written_at_once() -> None:
    assert choose_options(MACHINE, SMALL_MODEL, {}).slots == 4


def test_a_model_that_fills_the_memory_writes_one_reply_at_a_time() -> None:
    large = ModelFacts(bytes=2 * GIGABYTE, context=32_768, cache_bytes_per_token=147_456)
    options = choose_options(replace(MACHINE, memory=4 * GIGABYTE), large, {})
    assert (options.slots, options.cache_ram > 0) == (1, True)


def test_the_prompt_cache_grows_with_the_memory_within_bounds() -> None:
    sizes = [choose_options(Machine(2, memory * GIGABYTE), SMALL_MODEL, {}).cache_ram for memory in (1, 2, 4, 64)]
    assert sizes == sorted(sizes)
    assert (sizes[0], sizes[-1]) == (64, 2048)


@pytest.mark.parametrize(
    ("cores", "megabytes", "batch"), [(2, 400, 128), (8, 400, 512), (64, 400, 512), (2, 1_100, 32), (2, 8_000, 16)]
)
def test_the_batch_grows_with_the_cores_and_shrinks_with_the_model(cores: int, megabytes: int, batch: int) -> None:
    model = replace(SMALL_MODEL, bytes=megabytes * 1_000_000)
    assert choose_options(replace(MACHINE, cores=cores), model, {}).batch == batch


def test_the_batch_has_room_for_every_slot() -> None:
    options = choose_options(MACHINE, replace(SMALL_MODEL, bytes=16_000_000_000), {"LM_SLOTS": "32"})
    assert options.batch == 32


def test_the_context_is_never_longer_than_the_models_training_context() -> None:
    assert choose_options(MACHINE, replace(SMALL_MODEL, context=1024), {}).context == 1024


def test_each_option_can_be_overridden_by_its_own_setting() -> None:
    arguments = command(LM_SLOTS="8", LM_CONTEXT="2048", LM_THREADS="3", LM_REASONING="on", LM_CACHE_RAM="").arguments()
    assert value(arguments, "--parallel") == "8"
    assert value(arguments, "--ctx-size") == "16384"
    assert value(arguments, "--threads") == "3"
    assert value(arguments, "--reasoning") == "on"
    assert value(arguments, "--cache-ram") == str(command().options.cache_ram)


@pytest.mark.parametrize(
    "setting",
    [
        {"LM_SLOTS": "many"},
        {"LM_CACHE_RAM": "-1"},
        {"LM_THREADS": "0"},
        {"LM_FLASH_ATTENTION": "1"},
        {"LM_SPECULATION": "on"},
    ],
)
def test_an_invalid_setting_is_named(setting: dict[str, str]) -> None:
    with pytest.raises(BadSetting, match=next(iter(setting))):
        command(**setting)


def test_nothing_is_drafted_unless_asked_for() -> None:
    assert "--spec-type" not in command().arguments()
    assert value(command(LM_SPECULATION="ngram-simple").arguments(), "--spec-type") == "ngram-simple"


def test_a_draft_model_can_be_combined_with_lookup() -> None:
    arguments = replace(command(LM_SPECULATION="ngram-mod"), draft=Path("/models/tiny.gguf")).arguments()
    assert value(arguments, "--spec-type") == "ngram-mod,draft-simple"
    assert value(arguments, "--spec-draft-model") == "/models/tiny.gguf"


@pytest.mark.parametrize("drafter", ["ngram-simple", "ngram-map-k", "ngram-mod"])
def test_the_guesses_of_all_slots_fit_into_one_batch(drafter: str) -> None:
    flags = command(LM_SPECULATION=drafter, LM_BATCH="128", LM_SLOTS="4").flags()
    [longest] = [int(flag[1]) for flag in flags if flag[0].endswith(("-size-m", "-n-max"))]
    assert 4 * (longest + 1) <= 128


def test_a_batch_that_is_too_small_for_the_slots_is_refused() -> None:
    assert command(LM_SLOTS="16", LM_BATCH="16").arguments()
    with pytest.raises(BadSetting, match="LM_BATCH=8"):
        command(LM_SLOTS="16", LM_BATCH="8")
    with pytest.raises(BadSetting, match="LM_BATCH=32"):
        command(LM_SLOTS="16", LM_BATCH="16", LM_SPECULATION="ngram-mod").arguments()


def test_memory_and_batch_are_planned_for_both_models() -> None:
    both = SMALL_MODEL.combined_with(ModelFacts(bytes=100_000_000, context=1024, cache_bytes_per_token=1_000))
    assert both == ModelFacts(bytes=500_000_000, context=1024, cache_bytes_per_token=13_288)


def test_the_choice_is_described_in_a_sentence() -> None:
    said = f"{MACHINE}: {command().options}"
    assert said.startswith(
        "4 cores and 8.0 GiB: 3 threads to write and 4 to read 256 tokens at a time, 4 slots of 4096"
    )


def test_the_flags_name_the_model_that_answers_and_the_one_that_was_requested() -> None:
    arguments = command().arguments()
    assert value(arguments, "--alias") == "demo"
    assert value(arguments, "--tags") == "wanted:qwen2.5-0.5b,no-titles"


def test_the_port_is_always_given_and_the_key_stays_in_its_file() -> None:
    arguments = command().arguments()
    assert value(arguments, "--port") == "8080"
    assert value(arguments, "--api-key-file") == "/run/secrets/lm_api_key"
