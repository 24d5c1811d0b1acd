import struct
from pathlib import Path

import pytest
from lm_api.gguf import NotAModel, read_facts

from tests.support.fixtures.gguf import gguf_header, write_gguf


def test_the_cache_size_per_token_is_read_from_the_models_file(tmp_path: Path) -> None:
    model = write_gguf(
        tmp_path / "m.gguf",
        context_length=32_768,
        embedding_length=896,
        block_count=24,
        attention__head_count=14,
        attention__head_count_kv=2,
    )
    facts = read_facts(model)
    assert (facts.context, facts.cache_bytes_per_token) == (32_768, 12_288)


def test_of_a_number_per_layer_the_largest_counts(tmp_path: Path) -> None:
    numbers = {"embedding_length": 64, "block_count": 3, "attention__head_count": 8, "attention__head_count_kv": 777}
    per_layer = struct.pack("<IIQ3I", 9, 4, 3, 2, 8, 4)
    header = gguf_header(**numbers).replace(struct.pack("<II", 4, 777), per_layer)
    (tmp_path / "m.gguf").write_bytes(header)
    assert read_facts(tmp_path / "m.gguf").cache_bytes_per_token == 3 * 8 * (8 + 8) * 2


NESTED_ARRAYS = (
    b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * 5_000
)


@pytest.mark.parametrize("content", [b"", b"<html>", b"GGUF", b"GGUF" + b"\xff" * 40, NESTED_ARRAYS])
def test_a_file_that_is_not_a_model_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(content)
    with pytest.raises(NotAModel):
        read_facts(tmp_path / "m.gguf")
