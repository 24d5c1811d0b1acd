"""The one place of llama.cpp's server flags. Figures: docs/design.md, section 6 (2 cores, Qwen2.5-0.5B)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lm_api.gguf import ModelFacts
from lm_api.machine import BadSetting, Machine

if TYPE_CHECKING:
    from xllamacpp import CommonParams  # type: ignore[import-untyped]

_MEBIBYTE = 2**20
_RESERVE = 512 * _MEBIBYTE  # the program and its buffers
_SLOTS = 4
_CONTEXT = 4096
_SMALLEST_CACHE = 64
_LARGEST_CACHE = 2048  # MiB; 170,000 tokens of Qwen2.5-0.5B
_ON_OFF_AUTO = {"on": 1, "off": 0, "auto": -1}


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
    batch: int = 128
    """Tokens of a prompt read in one step, while every stream waits: the longest gap is 0.7 s, and 7.9 s with 2048."""
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
    verbosity: int = 3


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
        "slots": slots,
        "context": context,
        "cache_ram": max(_SMALLEST_CACHE, min(_LARGEST_CACHE, spare // 4)),
    }
    return ServerOptions(**{**chosen, **given})


def _given(environment: Mapping[str, str]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for field in fields(ServerOptions):
        if not (text := environment.get(f"LM_{field.name.upper()}")):
            continue
        if field.type is int and not text.isdecimal():
            raise BadSetting(f"LM_{field.name.upper()}={text} is no whole number.")
        if field.type is str and text not in _ON_OFF_AUTO:
            raise BadSetting(f"LM_{field.name.upper()}={text} is not one of {', '.join(_ON_OFF_AUTO)}.")
        given[field.name] = int(text) if field.type is int else text
    return given


@dataclass(frozen=True)
class ServerCommand:
    """What is served, where, and how."""

    model: Path
    name: str
    wanted: str
    host: str
    port: int
    api_key_file: Path
    options: ServerOptions

    def arguments(self) -> list[str]:
        return [word for flag in self.flags() for word in flag]

    def flags(self) -> list[tuple[str, ...]]:
        options = self.options
        return [
            ("--model", str(self.model)),
            ("--alias", self.name),
            ("--tags", f"wanted:{self.wanted}"),
            ("--host", self.host),
            ("--port", str(self.port)),  # always: builds differ in their default
            ("--api-key-file", str(self.api_key_file)),
            ("--threads", str(options.threads)),
            ("--threads-batch", str(options.threads_batch)),
            ("--batch-size", str(options.batch)),
            ("--ubatch-size", str(options.batch)),
            ("--parallel", str(options.slots)),
            ("--ctx-size", str(options.slots * options.context)),  # of all slots together
            ("--no-kv-unified",),
            ("--cache-ram", str(options.cache_ram)),
            ("--flash-attn", options.flash_attention),
            ("--predict", str(options.max_tokens)),
            ("--timeout", str(options.timeout)),
            ("--sse-ping-interval", str(options.sse_ping)),
            ("--threads-http", str(options.threads_http)),
            ("--metrics",),
            ("--no-webui",),
            ("--cors-origins", ""),
            ("--jinja",),
            ("--reasoning", options.reasoning),
            ("--log-verbosity", str(options.verbosity)),
        ]

    def common_params(self) -> "CommonParams":
        from xllamacpp import CommonParams

        options, params = self.options, CommonParams()
        params.model.path = str(self.model)
        params.model_alias, params.model_tags = {self.name}, {f"wanted:{self.wanted}"}
        params.hostnames, params.port = [self.host], self.port
        params.api_keys = self.api_key_file.read_text().split()
        params.cpuparams.n_threads, params.cpuparams_batch.n_threads = options.threads, options.threads_batch
        params.n_batch = params.n_ubatch = options.batch
        params.n_parallel, params.n_ctx, params.kv_unified = options.slots, options.slots * options.context, False
        params.cache_ram_mib, params.flash_attn_type = options.cache_ram, _ON_OFF_AUTO[options.flash_attention]
        params.n_predict = options.max_tokens
        params.timeout_read = params.timeout_write = options.timeout
        params.sse_ping_interval = options.sse_ping
        params.n_threads_http, params.endpoint_metrics = options.threads_http, True
        params.ui, params.cors_origins = False, ""
        params.use_jinja, params.enable_reasoning = True, _ON_OFF_AUTO[options.reasoning]
        params.verbosity = options.verbosity
        return params
