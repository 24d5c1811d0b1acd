"""Starting weights with a copy circuit in them.

To repeat what it was told ("your name is Anna"), a transformer needs two attention layers that work together:
one head that looks at the previous token, and one in the next layer that finds the place where the current token
occurred before and copies what followed it. Large models find this pair by themselves after a few billion tokens.
We have a few million, so we build it in and train on from there.
"""

import math

import torch
from torch import Tensor, nn

from model import LanguageModel, Shape, rope_frequencies

FAST_PAIRS = 6  # the rotary pairs that tell neighbouring positions apart
PREVIOUS_TOKEN_AMPLITUDE = 6.0
SLOWEST_USEFUL_TURN = 0.012  # radians per position; slower pairs hardly know where they are
MATCH_GAIN = 2.5
COPY_GAIN = 4.0


def starting_weights(shape: Shape, generator: torch.Generator) -> LanguageModel:
    model = LanguageModel(shape)
    for name, parameter in model.named_parameters():
        if parameter.dim() == 1:
            nn.init.constant_(parameter, 1.0 if "norm" in name else 0.0)
            continue
        if name.endswith(("output.weight", "down.weight")):
            # What a layer adds starts at nothing, so that no noise drowns the circuit: 94 % of copies are right with
            # these zeros before the first step, and 2 % with the usual small random numbers.
            nn.init.zeros_(parameter)
        else:
            nn.init.normal_(parameter, std=1 / math.sqrt(parameter.shape[1]), generator=generator)
    with torch.no_grad():
        projection = _look_at_previous_token(model, generator)
        _copy_what_followed(model, projection, generator)
    return model


def _look_at_previous_token(model: LanguageModel, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Head 0 of layer 0 attends one position back and writes that token's projection into the stream.

    Its query and key are constant (only biases). The query's is turned on by one position, so that after the
    rotary embedding the two agree best where the key is one position earlier.
    Returns (read, write): the projection of a token, and where in the stream it is put.
    """
    shape = model.shape
    attention = model.blocks[0].attention
    half, head = shape.head_size // 2, slice(0, shape.head_size)
    attention.query.weight[head] = 0
    attention.key.weight[head] = 0
    angles = rope_frequencies(shape)[:FAST_PAIRS]
    attention.key.bias[0:FAST_PAIRS] = PREVIOUS_TOKEN_AMPLITUDE
    attention.query.bias[0:FAST_PAIRS] = PREVIOUS_TOKEN_AMPLITUDE * torch.cos(-angles)
    attention.query.bias[half : half + FAST_PAIRS] = PREVIOUS_TOKEN_AMPLITUDE * torch.sin(-angles)
    read = torch.randn(shape.head_size, shape.width, generator=generator) / math.sqrt(shape.width)
    write = torch.linalg.qr(torch.randn(shape.width, shape.head_size, generator=generator)).Q
    attention.value.weight[head] = read
    # The norm in front scales a token's embedding (length 1) up by sqrt(width); undo that.
    attention.output.weight[:, head] = write / math.sqrt(shape.head_size / shape.width) / math.sqrt(shape.width)
    return read, write


def _copy_what_followed(model: LanguageModel, projection: tuple[Tensor, Tensor], generator: torch.Generator) -> None:
    """Heads 0 and 1 of layer 1 compare the current token with each position's previous token, and copy on a match.

    The comparison lives in the slowly turning rotary pairs, where distance does not matter.
    """
    shape = model.shape
    attention = model.blocks[1].attention
    read, write = projection
    half = shape.head_size // 2
    slow = torch.nonzero(rope_frequencies(shape) < SLOWEST_USEFUL_TURN).flatten()
    dimensions = torch.cat([slow, slow + half])
    mixing = torch.linalg.qr(torch.randn(shape.head_size, shape.head_size, generator=generator)).Q
    mixing = mixing[: len(dimensions)]
    basis = torch.linalg.qr(torch.randn(shape.width, shape.width, generator=generator)).Q
    for number in (0, 1):
        head = slice(number * shape.head_size, (number + 1) * shape.head_size)
        attention.query.weight[head] = 0
        attention.key.weight[head] = 0
        attention.query.weight[head][dimensions] = MATCH_GAIN * mixing @ read
        attention.key.weight[head][dimensions] = MATCH_GAIN * mixing @ write.T
        carried = basis[head]
        attention.value.weight[head] = carried
        attention.output.weight[:, head] = COPY_GAIN * carried.T / math.sqrt(shape.width) * 2
