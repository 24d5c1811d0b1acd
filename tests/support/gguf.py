"""Writes GGUF files that have a header and nothing else: enough to be recognised and planned for."""

import struct
from pathlib import Path


def gguf_header(**numbers: int) -> bytes:
    """Of a `qwen2` model; `context_length=…` and the like. Dots in a key are written as double underscores."""
    entries = [_string("general.architecture") + struct.pack("<I", 8) + _string("qwen2")]
    for key, value in numbers.items():
        entries.append(_string(f"qwen2.{key.replace('__', '.')}") + struct.pack("<II", 4, value))
    entries.append(_string("tokenizer.ggml.model") + struct.pack("<I", 8) + _string("gpt2"))
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(entries)) + b"".join(entries)


def write_gguf(path: Path, **numbers: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gguf_header(**numbers))
    return path


def _string(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()
