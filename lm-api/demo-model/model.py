"""The network: a small qwen2, written out so that each line can be compared with llama.cpp's."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LONG_ROW = 400  # tokens


@dataclass(frozen=True)
class Shape:
    vocabulary: int = 4096
    width: int = 192
    layers: int = 5
    heads: int = 3
    head_size: int = 64
    feed_forward: int = 512
    rope_base: float = 1e6
    norm_epsilon: float = 1e-6
    context: int = 2048


def rope_frequencies(shape: Shape) -> Tensor:
    """Return how far each pair of dimensions turns per position: from 1 radian down to almost nothing."""
    return shape.rope_base ** (-torch.arange(0, shape.head_size, 2).float() / shape.head_size)


def rope_table(shape: Shape, length: int) -> tuple[Tensor, Tensor]:
    angles = torch.outer(torch.arange(length).float(), rope_frequencies(shape))
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary position embedding; dimension i is paired with i + half, as in Qwen ("NEOX" in llama.cpp)."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)


def attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Causal attention: each position takes the values of the positions up to itself whose keys match its query."""
    length = query.shape[-2]
    if length > LONG_ROW:
        return F.scaled_dot_product_attention(query, key, value, is_causal=True)
    # Short rows train faster written out: on a CPU, the backward pass of PyTorch's own kernel is slow. Long rows are
    # faster with the kernel, which never holds the whole matrix of scores.
    scores = (query @ key.transpose(-1, -2)).float() / math.sqrt(query.shape[-1])
    places = torch.arange(length)
    scores = scores.masked_fill(places[None, :] > places[:, None], -1e9)
    return torch.softmax(scores, dim=-1).to(value.dtype) @ value


class Attention(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads, self.head_size = shape.heads, shape.head_size
        inner = shape.heads * shape.head_size
        self.query = nn.Linear(shape.width, inner)
        self.key = nn.Linear(shape.width, inner)
        self.value = nn.Linear(shape.width, inner)
        self.output = nn.Linear(inner, shape.width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        rows, length, _ = x.shape
        split = (rows, length, self.heads, self.head_size)
        query = rotate(self.query(x).view(split).transpose(1, 2), cos, sin)
        key = rotate(self.key(x).view(split).transpose(1, 2), cos, sin)
        value = self.value(x).view(split).transpose(1, 2)
        mixed = attend(query, key, value)
        return self.output(mixed.transpose(1, 2).reshape(rows, length, -1))


class FeedForward(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.gate = nn.Linear(shape.width, shape.feed_forward, bias=False)
        self.up = nn.Linear(shape.width, shape.feed_forward, bias=False)
        self.down = nn.Linear(shape.feed_forward, shape.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.silu(self.gate(x)) * self.up(x))


class Block(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.attention_norm = nn.RMSNorm(shape.width, eps=shape.norm_epsilon)
        self.attention = Attention(shape)
        self.feed_forward_norm = nn.RMSNorm(shape.width, eps=shape.norm_epsilon)
        self.feed_forward = FeedForward(shape)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        x = x + self.attention(self.attention_norm(x), cos, sin)
        return x + self.feed_forward(self.feed_forward_norm(x))


class LanguageModel(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.final_norm = nn.RMSNorm(shape.width, eps=shape.norm_epsilon)
        cos, sin = rope_table(shape, shape.context)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def hidden(self, tokens: Tensor) -> Tensor:
        """Return the last layer's state at each position: (rows, length) -> (rows, length, width)."""
        length = tokens.shape[1]
        x = self.embedding(tokens)
        cos, sin = self.cos[:length].to(x.dtype), self.sin[:length].to(x.dtype)
        for block in self.blocks:
            x = block(x, cos, sin)
        return self.final_norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        """Return the scores of the next token. Using the embedding twice ("tied") saves a fifth of the file."""
        return F.linear(hidden, self.embedding.weight)
