"""How the server is to use this machine: one function of cores, memory and model.

Figures: docs/design.md, section 6 (2 cores, Qwen2.5-0.5B).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from lm_api.gguf import ModelFacts
from lm_api.machine import BadSetting, Machine

_MEBIBYTE = 2**20
_RESERVE = 512 * _MEBIBYTE  # the program and its buffers
_SLOTS = 4
_CONTEXT = 4096
_SMALLEST_CACHE = 64
_LARGEST_CACHE = 2048  # MiB; 170,000 tokens of Qwen2.5-0.5B
_SMALLEST_BATCH, _LARGEST_BATCH = 16, 512
_LONGEST_GUESS = 48
_BATCH_WORK = 128 * 400_000_000 // 2
"""Tokens times bytes of model, for each core: what 2 cores read of a model of 400 MB in 0.35 s. A stream that waits for
another chat's prompt waits for two such batches at most."""
_ON_OFF_AUTO = ("on", "off", "auto")
_CHOICES = {
    "flash_attention": _ON_OFF_AUTO,
    "reasoning": _ON_OFF_AUTO,
    "speculation": ("off", "ngram-simple", "ngram-map-k", "ngram-mod"),
}


@dataclass(frozen=True)
class ServerOptions:
    """Each is overridden by the environment variable of its name: `LM_SLOTS`, `LM_CACHE_RAM`, …"""

    threads: int
    """One core less than there are: its threads spin for each other, so one busy neighbour on the last core takes
    decoding from 58 to 0.3 tokens/s; with a core left over it is 51 to 54."""
    threads_batch: int
    """Reading a prompt has no such trouble and takes them all."""
    slots: int
    """Sequences at once. 1 / 2 / 4 / 8 slots: 45 / 36 / 53 / 70 tokens/s together. So 4, or 1, never 2."""
    context: int
    """Tokens per slot. Fixed shares, not `--kv-unified`: there one prompt that is too long ends everybody's replies."""
    cache_ram: int
    """MiB of host memory for prompts of chats without a slot. 8 chats on 1 slot: 0.31 s to the first token, 3.1 s
    without. The server's own default is 8 GiB."""
    batch: int
    """Tokens of a prompt read in one step, while every stream waits: with 128 the longest gap is 0.7 s, with 2048 it
    is 7.9 s. As many as keep it under a second: more on more cores, fewer of a larger model."""
    max_tokens: int = 2048
    """Of one reply, whatever a request asks for."""
    timeout: int = 120
    """Seconds for one read from or write to a client."""
    sse_ping: int = 1
    """Seconds after which a silent stream sends a comment. A stopping server notices it then, no sooner: with the
    default of 30 it hangs for 30 s, and its clients with it."""
    threads_http: int = 32
    """A waiting request holds one, and so must leave some to `/health`."""
    flash_attention: str = "auto"
    reasoning: str = "off"
    """Thinking takes minutes on a CPU. An older build goes on with a reply without its thoughts."""
    speculation: str = "off"
    """Drafts by looking up what followed the same tokens before; several are then read in one step."""
    verbosity: int = 3

    @property
    def longest_guess(self) -> int:
        """Tokens. All slots' guesses go into one batch: the server aborts where they do not fit."""
        return min(_LONGEST_GUESS, self.batch // self.slots - 1)

    def __str__(self) -> str:
        return (
            f"{self.threads} threads to write and {self.threads_batch} to read {self.batch} tokens at a time, "
            f"{self.slots} slots of {self.context} tokens, {self.cache_ram} MiB for the prompts of other chats"
        )


def choose_options(machine: Machine, model: ModelFacts, environment: Mapping[str, str]) -> ServerOptions:
    """Raises BadSetting."""
    given = _given(environment)
    context = given.pop("context", None) or min(_CONTEXT, model.context)
    room = machine.memory - _RESERVE - model.bytes
    slot_bytes = context * model.cache_bytes_per_token
    slots = given.pop("slots", None) or (_SLOTS if _SLOTS * slot_bytes <= room else 1)
    spare = (room - slots * slot_bytes) // _MEBIBYTE
    chosen = {
        "threads": max(1, machine.cores - 1),
        "threads_batch": machine.cores,
        "batch": _batch(machine, model),
        "slots": slots,
        "context": context,
        "cache_ram": max(_SMALLEST_CACHE, min(_LARGEST_CACHE, spare // 4)),
    }
    options = ServerOptions(**{**chosen, **given})
    if options.batch < options.slots:
        raise BadSetting(f"LM_BATCH={options.batch} has no room for a token of each of {options.slots} slots.")
    return options


def _batch(machine: Machine, model: ModelFacts) -> int:
    """A power of two."""
    tokens: int = _BATCH_WORK * machine.cores // max(model.bytes, 1)
    return 1 << min(_LARGEST_BATCH, max(_SMALLEST_BATCH, tokens)).bit_length() - 1


def _given(environment: Mapping[str, str]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for field in fields(ServerOptions):
        if not (text := environment.get(f"LM_{field.name.upper()}")):
            continue
        if field.type is int and not text.isdecimal():
            raise BadSetting(f"LM_{field.name.upper()}={text} is no whole number.")
        if field.type is str and text not in (choices := _CHOICES[field.name]):
            raise BadSetting(f"LM_{field.name.upper()}={text} is not one of {', '.join(choices)}.")
        given[field.name] = int(text) if field.type is int else text
    return given
