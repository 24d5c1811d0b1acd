"""Reads the facts that decide the server's memory from a GGUF file's header (format: ggml's docs/gguf.md)."""

import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_MAGIC = b"GGUF"
_STRING, _ARRAY = 8, 9
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_F16_BYTES = 2

_SPLIT = re.compile(r"(?P<stem>.*)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf", re.IGNORECASE)

Value = str | int | float | bool | list["Value"]


class NotAModel(Exception):
    """The file is not a GGUF file, or is damaged."""


@dataclass(frozen=True)
class ModelFacts:
    """A model's size, context and need of memory."""

    bytes: int
    context: int
    """The context that the model was trained for, in tokens."""
    cache_bytes_per_token: int
    """Size of the key-value cache in F16; an upper bound if some layers have no attention."""

    def combined_with(self, other: "ModelFacts") -> "ModelFacts":
        """Return the needs of two models that are served together."""
        return ModelFacts(
            self.bytes + other.bytes,
            min(self.context, other.context),
            self.cache_bytes_per_token + other.cache_bytes_per_token,
        )


def parts_of(file: str) -> list[str]:
    """Return the names of all files of a split model, the first of which is loaded; else the name itself.

    >>> parts_of("large-00002-of-00003.gguf")
    ['large-00001-of-00003.gguf', 'large-00002-of-00003.gguf', 'large-00003-of-00003.gguf']
    """
    if not (match := _SPLIT.fullmatch(file)):
        return [file]
    count = match["count"]
    return [f"{match['stem']}-{number:05}-of-{count}.gguf" for number in range(1, int(count) + 1)]


def read_facts(path: Path) -> ModelFacts:
    """Read a model's facts from its file, or from the first file of a split model.

    Raises:
        NotAModel: a file cannot be read, or is not a GGUF file.
    """
    parts = [path.with_name(name) for name in parts_of(path.name)]
    if missing := next((part for part in parts if not part.is_file()), None):
        raise NotAModel(f"Cannot read {missing}: there is no such file.")
    try:
        with path.open("rb") as file:
            header = _read_header(file, path)
    except OSError as error:
        raise NotAModel(f"Cannot read {path}: {error.strerror}.") from error

    def number(key: str, default: int) -> int:
        return _largest(header.get(f"{header.get('general.architecture')}.{key}"), default)

    heads = number("attention.head_count", 1) or 1
    width = number("embedding_length", 0) // heads
    per_head = number("attention.key_length", width) + number("attention.value_length", width)
    per_layer = number("attention.head_count_kv", heads) * per_head * _F16_BYTES
    return ModelFacts(
        bytes=sum(part.stat().st_size for part in parts),
        context=number("context_length", 4096),
        cache_bytes_per_token=number("block_count", 0) * per_layer,
    )


def _largest(value: Value | None, default: int) -> int:
    """Return the number, or the largest if the model gives one per layer."""
    numbers = [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, int)]
    return max(numbers, default=default)


def _read_header(file: BinaryIO, path: Path) -> dict[str, Value]:
    """Read the entries before the tokenizer's, which are long, come last and do not affect memory."""
    if file.read(4) != _MAGIC:
        raise NotAModel(f"{path} is not a GGUF file.")
    try:
        _version, _tensors, entries = struct.unpack("<IQQ", file.read(20))
        header: dict[str, Value] = {}
        for _ in range(entries):
            key = _read_string(file)
            if key.startswith("tokenizer."):
                break
            header[key] = _read_value(file, _read_scalar(file, "I"))
    except (struct.error, KeyError, UnicodeDecodeError, OverflowError, MemoryError, RecursionError) as error:
        raise NotAModel(f"{path} is a damaged GGUF file.") from error
    return header


def _read_value(file: BinaryIO, kind: int) -> Value:
    if kind == _STRING:
        return _read_string(file)
    if kind == _ARRAY:
        item_kind, length = _read_scalar(file, "I"), _read_scalar(file, "Q")
        return [_read_value(file, item_kind) for _ in range(length)]
    value: Value = _read_scalar(file, _SCALARS[kind])
    return value


def _read_string(file: BinaryIO) -> str:
    return file.read(_read_scalar(file, "Q")).decode()


def _read_scalar(file: BinaryIO, code: str) -> int:
    value: int = struct.unpack(f"<{code}", file.read(struct.calcsize(f"<{code}")))[0]
    return value
