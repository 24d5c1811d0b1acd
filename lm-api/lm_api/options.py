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
_AT_LEAST_ONE = ("threads", "threads_batch", "max_tokens", "timeout", "threads_http")
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
    given = _given(environment)
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


def _given(environment: Mapping[str, str]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for field in fields(ServerOptions):
        if not (text := environment.get(f"LM_{field.name.upper()}")):
            continue
        if field.type is int and not text.isdecimal():
            raise BadSetting(f"LM_{field.name.upper()}={text} is not a whole number.")
        if field.name in _AT_LEAST_ONE and int(text) < 1:
            raise BadSetting(f"LM_{field.name.upper()}={text} must be at least 1.")
        if field.type is str and text not in (choices := _CHOICES[field.name]):
            raise BadSetting(f"LM_{field.name.upper()}={text} is not one of {', '.join(choices)}.")
        given[field.name] = int(text) if field.type is int else text
    return given
