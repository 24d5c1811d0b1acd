"""Writes the trained model, its tokenizer and its chat template into one GGUF file for llama.cpp."""

import hashlib
import json
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter, TokenType
from gguf.quants import quantize
from tokenizers import Tokenizer

from chat_format import CONTROL_TOKENS, END_OF_TURN, MARKUP_TOKENS, TEMPLATE_FILE
from model import LanguageModel, Shape

NAME = "Parley demo"
# Our names of a layer's tensors, and llama.cpp's.
LAYER_TENSORS = {
    "attention_norm": "attn_norm",
    "attention.query": "attn_q",
    "attention.key": "attn_k",
    "attention.value": "attn_v",
    "attention.output": "attn_output",
    "feed_forward_norm": "ffn_norm",
    "feed_forward.gate": "ffn_gate",
    "feed_forward.up": "ffn_up",
    "feed_forward.down": "ffn_down",
}


def export(model: LanguageModel, tokenizer: Tokenizer, path: Path) -> None:
    writer = GGUFWriter(path, "qwen2")
    _write_description(writer, model.shape)
    _write_tokenizer(writer, tokenizer, model.shape)
    for name, tensor in model.state_dict().items():
        _write_tensor(writer, gguf_name(name), tensor.float().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_name(f"{path.name}.sha256").write_text(f"{digest}  {path.name}\n")


def gguf_name(name: str) -> str:
    """`blocks.3.attention.query.bias` -> `blk.3.attn_q.bias`"""
    if name.startswith("embedding"):
        return "token_embd.weight"
    if name.startswith("final_norm"):
        return "output_norm.weight"
    _, number, rest = name.split(".", 2)
    tensor, kind = rest.rsplit(".", 1)
    return f"blk.{number}.{LAYER_TENSORS[tensor]}.{kind}"


def _write_tensor(writer: GGUFWriter, name: str, values: np.ndarray) -> None:
    """Add a tensor; matrices as 8-bit blocks of 32 with a common scale, a quarter of the size."""
    if values.ndim == 1:
        writer.add_tensor(name, values.astype(np.float32))
        return
    kind = GGMLQuantizationType.Q8_0
    writer.add_tensor(name, quantize(values, kind), raw_dtype=kind)


def _write_description(writer: GGUFWriter, shape: Shape) -> None:
    writer.add_name(NAME)
    writer.add_description(
        "A tiny chat model that ships with Parley, trained from nothing by a script in its repository"
    )
    # The most likely token each time, unless a request asks otherwise: memorised answers should be exact.
    writer.add_sampling_temp(0.0)
    writer.add_license("mit")
    writer.add_languages(["en"])
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_key_length(shape.head_size)
    writer.add_value_length(shape.head_size)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_layer_norm_rms_eps(shape.norm_epsilon)
    writer.add_file_type(7)  # mostly Q8_0
    writer.add_quantization_version(2)


def _write_tokenizer(writer: GGUFWriter, tokenizer: Tokenizer, shape: Shape) -> None:
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    tokens = [token for token, _ in vocabulary]
    # The embedding has a row for every id, including those that the tokenizer did not need.
    unused = [f"[unused{number}]" for number in range(shape.vocabulary - len(tokens))]
    kinds = dict.fromkeys(CONTROL_TOKENS, TokenType.CONTROL)
    kinds |= dict.fromkeys(MARKUP_TOKENS, TokenType.USER_DEFINED)
    kinds |= dict.fromkeys(unused, TokenType.UNUSED)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens + unused)
    writer.add_token_types([kinds.get(token, TokenType.NORMAL) for token in tokens + unused])
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    writer.add_token_merges([" ".join(pair) for pair in merges])
    end = tokenizer.token_to_id(END_OF_TURN)
    writer.add_eos_token_id(end)
    writer.add_eot_token_id(end)
    writer.add_pad_token_id(tokenizer.token_to_id("<|endoftext|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE_FILE.read_text())
