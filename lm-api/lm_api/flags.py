"""The flags of llama.cpp's server, for the program and for the wheel."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lm_api.catalogue import WITHOUT_TITLES
from lm_api.machine import BadSetting
from lm_api.options import ServerOptions

if TYPE_CHECKING:
    from xllamacpp import CommonParams, CommonParamsSpeculative  # type: ignore[import-untyped]

_ON_OFF_AUTO = {"on": 1, "off": 0, "auto": -1}
_LONGEST_GUESS_OF_DRAFT_MODEL = 3


@dataclass(frozen=True)
class ServerCommand:
    """Which model is served, where and with which options."""

    model: Path
    name: str
    wanted: str
    host: str
    port: int
    api_key_file: Path
    options: ServerOptions
    draft: Path | None = None
    """A small model that guesses tokens ahead; the large model only checks them."""

    @property
    def tags(self) -> list[str]:
        """What chat-ui learns about the model besides its name."""
        return [f"wanted:{self.wanted}", *(["no-titles"] if self.name in WITHOUT_TITLES else [])]

    def arguments(self) -> list[str]:
        return [word for flag in self.flags() for word in flag]

    def flags(self) -> list[tuple[str, ...]]:
        options = self.options
        return [
            ("--model", str(self.model)),
            ("--alias", self.name),
            ("--tags", ",".join(self.tags)),
            ("--host", self.host),
            ("--port", str(self.port)),  # always given: builds differ in their default
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
            *self._speculation(),
        ]

    def _speculation(self) -> list[tuple[str, ...]]:
        flags: list[tuple[str, ...]] = []
        if drafters := self._drafters():
            flags.append(("--spec-type", ",".join(drafters)))
        flags += [(f"--spec-{kind}-{name}".replace("_", "-"), str(value)) for kind, name, value in self._guesses()]
        if self.draft:
            flags.append(("--spec-draft-model", str(self.draft)))
            flags.append(("--spec-draft-threads", str(self.options.threads)))
        return flags

    def _guesses(self) -> list[tuple[str, str, int]]:
        """Return the settings for the length of guesses in tokens, as (drafter, name, value)."""
        longest = self.options.longest_guess
        if self._drafters() and longest < 1:
            least = 2 * self.options.slots
            raise BadSetting(f"Drafts for {self.options.slots} slots need at least LM_BATCH={least}.")
        settings = {
            "ngram-simple": [("ngram_simple", "size_m", longest)],
            "ngram-map-k": [("ngram_map_k", "size_m", longest)],
            "ngram-mod": [("ngram_mod", "n_max", longest), ("ngram_mod", "n_min", longest * 3 // 4)],
            "draft-simple": [("draft", "n_max", min(_LONGEST_GUESS_OF_DRAFT_MODEL, longest))],
        }
        return [setting for drafter in self._drafters() for setting in settings[drafter]]

    def _drafters(self) -> list[str]:
        lookup = [] if self.options.speculation == "off" else [self.options.speculation]
        return [*lookup, *(["draft-simple"] if self.draft else [])]

    def common_params(self) -> "CommonParams":
        """Return the same settings in the wheel's form."""
        from xllamacpp import CommonParams

        options, params = self.options, CommonParams()
        params.model.path = str(self.model)
        params.model_alias, params.model_tags = {self.name}, set(self.tags)
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
        self._speculate(params.speculative)
        return params

    def _speculate(self, speculative: "CommonParamsSpeculative") -> None:
        from xllamacpp import common_speculative_type as types

        names = [drafter.upper().replace("-", "_") for drafter in self._drafters()]
        speculative.types = [getattr(types, f"COMMON_SPECULATIVE_TYPE_{name}") for name in names or ["NONE"]]
        for kind, name, value in self._guesses():
            setattr(getattr(speculative, kind), name, value)
        if self.draft:
            speculative.draft.mparams.path = str(self.draft)
            speculative.draft.cpuparams.n_threads = self.options.threads
