"""Models with exactly Qwen2.5-0.5B's dimensions and random weights: they are as fast as the real ones.

The tokenizer is the demo model's, padded with made-up words. The rows of its end tokens are zero, so such a model never
ends by itself and `max_tokens` alone decides the length. Only whole words have rows large enough to be written: the
text of other tokens would be tokenized differently in the next turn, which would then find nothing of the answer in its
cache, unlike with a real model.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type

TOKENIZER_FROM = Path(__file__).parents[1] / "lm-api" / "demo-model" / "demo.gguf"

LAYERS, WIDTH, HEADS, KEY_HEADS, FEED_FORWARD, VOCABULARY = 24, 896, 14, 2, 4864, 151_936
HEAD_WIDTH = WIDTH // HEADS
CONTEXT = 32_768
SPREAD = 0.02
"""Standard deviation of a weight."""

_CONTROL = 3
_WORD = re.compile("Ġ[a-z]+")


@dataclass(frozen=True)
class Layout:
    """Where a block of quantized weights has its 16-bit scales, and their values for weights of this spread."""

    scales: dict[int, float]


LAYOUTS = {
    Type.Q4_0: Layout({0: SPREAD / 4.6}),
    Type.IQ4_NL: Layout({0: SPREAD / 70}),
    Type.Q5_0: Layout({0: SPREAD / 9.2}),
    Type.Q5_1: Layout({0: SPREAD / 9.2, 2: -SPREAD * 1.7}),
    Type.Q8_0: Layout({0: SPREAD / 74}),
    Type.Q4_K: Layout({0: SPREAD / 150, 2: SPREAD / 20}),
    Type.Q5_K: Layout({0: SPREAD / 300, 2: SPREAD / 20}),
    Type.Q6_K: Layout({208: SPREAD / 1300}),
}


def _same(quantization: Type) -> Callable[[str, int], Type]:
    return lambda _name, _layer: quantization


def _mixed(base: Type, better: Type, narrow: Type) -> Callable[[str, int], Type]:
    """Choose K-quants as llama.cpp's quantize does.

    Some layers get a better one, and rows of 896 a third, since blocks of 256 do not divide them.
    """

    def choose(name: str, layer: int) -> Type:
        precise = name in ("ffn_down", "attn_v") and (layer < LAYERS // 8 or layer % 3 == 2 or layer >= 7 * LAYERS // 8)
        if name == "ffn_down":
            return better if precise else base
        return Type.Q8_0 if precise else narrow

    return choose


QUANTIZATIONS = {
    "Q4_0": _same(Type.Q4_0),
    "IQ4_NL": _same(Type.IQ4_NL),
    "Q8_0": _same(Type.Q8_0),
    "Q4_K_M": _mixed(Type.Q4_K, Type.Q6_K, Type.Q5_0),
    "Q5_K_M": _mixed(Type.Q5_K, Type.Q6_K, Type.Q5_1),
}


def stand_in(quantization: str, folder: Path) -> Path:
    """Return the model file; create it if it is missing."""
    path = folder / f"stand-in-{quantization.lower()}.gguf"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".part")
        _write(partial, QUANTIZATIONS[quantization])
        partial.replace(path)
    return path


def _write(path: Path, choose: Callable[[str, int], Type]) -> None:
    writer = gguf.GGUFWriter(path, "qwen2")
    writer.add_name("Stand-in for Qwen2.5-0.5B")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_rope_freq_base(1_000_000.0)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    control, words = _add_tokenizer(writer)

    random = np.random.default_rng(1)
    embedding = _weights(random, Type.Q8_0, VOCABULARY, WIDTH)  # as quantize keeps an embedding that is also the output
    _make_faint(embedding, [number for number in range(VOCABULARY) if number not in words])
    embedding[control] = 0
    writer.add_tensor("token_embd.weight", embedding, raw_dtype=Type.Q8_0)
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    for layer in range(LAYERS):
        for name, rows, columns in _matrices():
            quantization = choose(name, layer)
            weights = _weights(random, quantization, rows, columns)
            writer.add_tensor(f"blk.{layer}.{name}.weight", weights, raw_dtype=quantization)
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", np.ones(WIDTH, np.float32))
        for name, length in (("attn_q", WIDTH), ("attn_k", KEY_HEADS * HEAD_WIDTH), ("attn_v", KEY_HEADS * HEAD_WIDTH)):
            writer.add_tensor(f"blk.{layer}.{name}.bias", np.zeros(length, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _matrices() -> Iterator[tuple[str, int, int]]:
    """Name, rows and columns."""
    yield "attn_q", WIDTH, WIDTH
    yield "attn_k", KEY_HEADS * HEAD_WIDTH, WIDTH
    yield "attn_v", KEY_HEADS * HEAD_WIDTH, WIDTH
    yield "attn_output", WIDTH, WIDTH
    yield "ffn_gate", FEED_FORWARD, WIDTH
    yield "ffn_up", FEED_FORWARD, WIDTH
    yield "ffn_down", WIDTH, FEED_FORWARD


def _weights(random: np.random.Generator, quantization: Type, rows: int, columns: int) -> np.ndarray:
    """Return random bytes with fixed scales, since a random scale could be infinite."""
    block, size = gguf.GGML_QUANT_SIZES[quantization]
    blocks = random.integers(0, 256, (rows * columns // block, size), np.uint8)
    for offset, scale in LAYOUTS[quantization].scales.items():
        blocks[:, offset : offset + 2] = np.frombuffer(np.float16(scale).tobytes(), np.uint8)
    return blocks.reshape(rows, -1)


def _make_faint(embedding: np.ndarray, rows: list[int]) -> None:
    """Make these Q8_0 rows so small that they are never the likeliest."""
    blocks = embedding.reshape(VOCABULARY, -1, gguf.GGML_QUANT_SIZES[Type.Q8_0][1])
    [(offset, scale)] = LAYOUTS[Type.Q8_0].scales.items()
    blocks[rows, :, offset : offset + 2] = np.frombuffer(np.float16(scale / 10).tobytes(), np.uint8)


def _add_tokenizer(writer: gguf.GGUFWriter) -> tuple[list[int], set[int]]:
    """Return the ids of control tokens and of whole words."""
    fields = gguf.GGUFReader(TOKENIZER_FROM).fields
    tokens: list[str] = fields["tokenizer.ggml.tokens"].contents()
    types: list[int] = fields["tokenizer.ggml.token_type"].contents()
    control = [number for number, kind in enumerate(types) if kind == _CONTROL]
    words = {number for number, token in enumerate(tokens) if _WORD.fullmatch(token)}
    known = set(tokens)
    tokens += islice((word for word in _made_up_words() if word not in known), VOCABULARY - len(tokens))
    types += [1] * (VOCABULARY - len(types))

    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(fields["tokenizer.ggml.pre"].contents())
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(fields["tokenizer.ggml.merges"].contents())
    writer.add_eos_token_id(fields["tokenizer.ggml.eos_token_id"].contents())
    writer.add_add_bos_token(False)  # noqa: FBT003
    writer.add_chat_template(fields["tokenizer.chat_template"].contents())
    return control, words


def _made_up_words() -> Iterator[str]:
    """Yield words with a leading blank, as byte-level tokenizers write it."""
    consonants, vowels = "bdfghjklmnprstvw", "aeiou"
    for letters in product(consonants, vowels, consonants, vowels, consonants, vowels):
        yield "Ġ" + "".join(letters)
