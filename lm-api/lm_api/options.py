"""The server's options, chosen from the machine's cores and memory and the model.

`bench/server_settings.py` measures the choices against their alternatives; lm-api/README.md has the figures.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from lm_api.gguf import ModelFacts
from lm_api.machine import BadSetting, Machine

_MEBIBYTE = 2**20
_RESERVE = 512 * _MEBIBYTE  # for the program and its buffers
_SLOTS = 4
_CONTEXT = 4096
_SMALLEST_CACHE = 64
_LARGEST_CACHE = 2048  # MiB; 170,000 tokens of Qwen2.5-0.5B
_SMALLEST_BATCH, _LARGEST_BATCH = 16, 512
_LONGEST_GUESS = 48
_BATCH_WORK = 128 * 400_000_000 // 2
"""Tokens times bytes of model per core: 128 tokens for a model of 400 MB on 2 cores. A stream that waits for another
chat's prompt waits for two batches at most."""
_RANGES = {
    "threads": (1, 1024),
    "threads_batch": (1, 1024),
    "slots": (0, 256),
    "context": (0, 16_777_216),
    "cache_ram": (0, 16_777_216),
    "batch": (0, 65_536),
    "max_tokens": (1, 1_000_000),
    "timeout": (1, 86_400),
    "sse_ping": (0, 86_400),
    "threads_http": (1, 1024),
    "verbosity": (0, 9),
}
_MOST_THREADS = 64
_ON_OFF_AUTO = ("on", "off", "auto")
_CHOICES = {
    "flash_attention": _ON_OFF_AUTO,
    "reasoning": _ON_OFF_AUTO,
    "speculation": ("off", "ngram-simple", "ngram-map-k", "ngram-mod"),
}


@dataclass(frozen=True)
class ServerOptions:
    """The environment variable `LM_<NAME>` overrides each option: `LM_SLOTS`, `LM_CACHE_RAM`, …"""

    threads: int
    """Threads that write replies: one fewer than there are cores. They spin while they wait for each other, so a busy
    neighbour on the last core would stall all of them."""
    threads_batch: int
    """Threads that read prompts: all cores, since these do not stall each other."""
    slots: int
    """Replies written at once: 4, or 1 if memory is short. 2 are slower than 1."""
    context: int
    """Tokens per slot. Each slot has a fixed share: with `--kv-unified`, a prompt that is too long would end all other
    replies."""
    cache_ram: int
    """MiB of memory for the prompts of chats without a slot."""
    batch: int
    """Tokens of a prompt read in one step, while every stream waits. Chosen to keep that wait below a second: more on
    more cores, fewer for a larger model."""
    max_tokens: int = 2048
    """Upper limit for one reply, whatever the request says."""
    timeout: int = 120
    """Seconds for one read from or write to a client."""
    sse_ping: int = 1
    """Seconds after which a silent stream sends a comment. A stopping server notices open streams only then."""
    threads_http: int = 32
    """Threads for requests. A waiting request holds one, and `/health` needs one too."""
    flash_attention: str = "auto"
    reasoning: str = "off"
    """Whether models that can think do, which takes minutes on a CPU."""
    speculation: str = "off"
    """How tokens are guessed by looking up what followed the same tokens before; several guesses take one step."""
    verbosity: int = 3

    @property
    def longest_guess(self) -> int:
        """In tokens. The guesses of all slots share one batch: the server aborts if they do not fit."""
        return min(_LONGEST_GUESS, self.batch // self.slots - 1)

    def __str__(self) -> str:
        return (
            f"{self.threads} threads to write and {self.threads_batch} to read {self.batch} tokens at a time, "
            f"{self.slots} slots of {self.context} tokens, {self.cache_ram} MiB for the prompts of other chats"
        )


def choose_options(machine: Machine, model: ModelFacts, environment: Mapping[str, str]) -> ServerOptions:
    """Choose the options, of which the environment overrides each.

    Raises:
        BadSetting: a setting is invalid.
    """
    given = check_options(machine, environment)
    context = given.pop("context", None) or min(_CONTEXT, model.context)
    room = machine.memory - _RESERVE - model.bytes
    slot_bytes = context * model.cache_bytes_per_token
    slots = given.pop("slots", None) or (_SLOTS if _SLOTS * slot_bytes <= room else 1)
    spare = (room - slots * slot_bytes) // _MEBIBYTE
    chosen = {
        "threads": max(1, machine.cores - 1),
        "threads_batch": machine.cores,
        "batch": max(_batch(machine, model), slots),
        "slots": slots,
        "context": context,
        "cache_ram": max(_SMALLEST_CACHE, min(_LARGEST_CACHE, spare // 4)),
    }
    options = ServerOptions(**{**chosen, **given})
    if options.batch < options.slots:
        raise BadSetting(f"LM_BATCH={options.batch} is too small: {options.slots} slots need at least one token each.")
    return options


def _batch(machine: Machine, model: ModelFacts) -> int:
    """Return a power of two that takes about the same time on every machine and with every model."""
    tokens: int = _BATCH_WORK * machine.cores // max(model.bytes, 1)
    return 1 << min(_LARGEST_BATCH, max(_SMALLEST_BATCH, tokens)).bit_length() - 1


def check_options(machine: Machine, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the options that the environment sets, by their name.

    Raises:
        BadSetting: one of them is invalid on any model.
    """
    given = {
        field.name: _parsed(field.name, text)
        for field in fields(ServerOptions)
        if (text := environment.get(f"LM_{field.name.upper()}"))
    }
    most = max(_MOST_THREADS, 2 * machine.cores)
    for name in ("threads", "threads_batch"):
        if given.get(name, 1) > most:
            raise _bad(name, given[name], f"must be at most {most}, and best below the {machine.cores} cores here")
    if given.get("slots") in {2, 3}:
        raise _bad("slots", given["slots"], "must be 1, or 4 and more: 2 and 3 are slower than 1")
    return given


def _parsed(name: str, text: str) -> Any:
    if choices := _CHOICES.get(name):
        if text not in choices:
            raise _bad(name, text, f"must be one of {', '.join(choices)}")
        return text
    if not (text.isascii() and text.isdecimal()):
        raise _bad(name, text, "must be a whole number")
    least, most = _RANGES[name]
    if not least <= int(text) <= most:
        raise _bad(name, text, f"must be from {least} to {most}")
    return int(text)


def _bad(name: str, value: object, rule: str) -> BadSetting:
    return BadSetting(f"LM_{name.upper()}={value} is invalid: it {rule}. Change it, or remove it for the default.")
