"""Starting weights with a built-in copy circuit.

To repeat a fact from the chat ("your name is Anna"), a transformer needs two attention layers that work together: a
head that looks at the previous token, and a head in the next layer that finds an earlier occurrence of the current
token and copies the token after it. Large models learn this pair from billions of tokens. Our text has only millions,
so the circuit is built in, and training starts from there.
"""

import math

import torch
from torch import Tensor, nn

from model import LanguageModel, Shape, rope_frequencies

FAST_PAIRS = 6  # the rotary pairs that tell neighbouring positions apart
PREVIOUS_TOKEN_AMPLITUDE = 6.0
SLOWEST_USEFUL_TURN = 0.012  # radians per position; slower pairs barely depend on the position
MATCH_GAIN = 2.5
COPY_GAIN = 4.0


def starting_weights(shape: Shape, generator: torch.Generator) -> LanguageModel:
    model = LanguageModel(shape)
    for name, parameter in model.named_parameters():
        if parameter.dim() == 1:
            nn.init.constant_(parameter, 1.0 if "norm" in name else 0.0)
            continue
        if name.endswith(("output.weight", "down.weight")):
            # Layers start by adding nothing: the usual small random numbers would drown the circuit in noise.
            nn.init.zeros_(parameter)
        else:
            nn.init.normal_(parameter, std=1 / math.sqrt(parameter.shape[1]), generator=generator)
    with torch.no_grad():
        projection = _look_at_previous_token(model, generator)
        _copy_what_followed(model, projection, generator)
    return model


def _look_at_previous_token(model: LanguageModel, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Make head 0 of layer 0 attend one position back and write that token's projection into the residual stream.

    Its query and key are constant: they have only biases. The query's bias is rotated by one position, so that after
    the rotary embedding the two match best if the key is one position earlier.

    Returns:
        The projection that reads a token, and the one that writes it into the stream.
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
    # The preceding norm scales a token's embedding (length 1) by sqrt(width); undo that.
    attention.output.weight[:, head] = write / math.sqrt(shape.head_size / shape.width) / math.sqrt(shape.width)
    return read, write


def _copy_what_followed(model: LanguageModel, projection: tuple[Tensor, Tensor], generator: torch.Generator) -> None:
    """Make heads 0 and 1 of layer 1 compare the current token with each position's previous token, and copy on a match.

    The comparison uses the slowly turning rotary pairs, for which distance does not matter.
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
