"""Conversations as batches of token ids. Rows of similar length share a batch, so little is padding."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from chat_format import learnt_spans

TOKENS_PER_BATCH = 4096
LENGTH_STEP = 16  # rows are padded to a multiple of this
BATCHES_SORTED_TOGETHER = 200


@dataclass
class Row:
    """A conversation as token ids; `learnt[i]` says whether the model has to predict token i."""

    tokens: np.ndarray
    learnt: np.ndarray


@dataclass
class Batch:
    """Inputs, expected outputs and the weight of each prediction, each of shape (rows, length)."""

    tokens: Tensor
    targets: Tensor
    weights: Tensor


def to_rows(texts: list[str], tokenizer: Tokenizer) -> list[Row]:
    rows = []
    for start in range(0, len(texts), 4096):
        part = texts[start : start + 4096]
        for text, encoding in zip(part, tokenizer.encode_batch(part, add_special_tokens=False), strict=True):
            starts = np.array([first for first, _ in encoding.offsets])
            learnt = np.zeros(len(starts), dtype=bool)
            for first, end in learnt_spans(text):
                learnt |= (starts >= first) & (starts < end)
            rows.append(Row(np.array(encoding.ids, dtype=np.int16), learnt))
    return rows


def copy_row(random: np.random.Generator, vocabulary: int) -> Row:
    """Random tokens and then a piece of them again, which only copying can predict."""
    length = int(random.integers(12, 120))
    first = random.integers(0, vocabulary, length).astype(np.int16)
    start = int(random.integers(0, length // 2))
    again = first[start : start + int(random.integers(4, length))]
    learnt = np.zeros(length + len(again), dtype=bool)
    # The first repeated token cannot be predicted; it only says where to copy from.
    learnt[length + 1 :] = True
    return Row(np.concatenate([first, again]), learnt)


def batch_of(rows: list[Row]) -> Batch:
    longest = max(len(row.tokens) for row in rows) - 1
    length = -(-longest // LENGTH_STEP) * LENGTH_STEP
    tokens = np.zeros((len(rows), length), dtype=np.int64)
    targets = np.zeros_like(tokens)
    weights = np.zeros((len(rows), length), dtype=np.float32)
    for index, row in enumerate(rows):
        end = len(row.tokens) - 1
        tokens[index, :end] = row.tokens[:-1]
        targets[index, :end] = row.tokens[1:]
        # Divided by the square root of the length: a long answer counts more than a short one, but not in proportion.
        weights[index, :end] = row.learnt[1:] / np.sqrt(max(1, row.learnt[1:].sum()))
    return Batch(torch.from_numpy(tokens), torch.from_numpy(targets), torch.from_numpy(weights))


def batches(rows: list[Row], random: np.random.Generator) -> Iterator[Batch]:
    """Yield all rows once, in random order."""
    order = random.permutation(len(rows))
    mean_length = sum(len(row.tokens) for row in rows) / len(rows)
    window = int(BATCHES_SORTED_TOGETHER * TOKENS_PER_BATCH / mean_length)
    for start in range(0, len(order), window):
        near = sorted(order[start : start + window], key=lambda index: len(rows[index].tokens))
        groups = _grouped([rows[index] for index in near])
        for index in random.permutation(len(groups)):
            yield batch_of(groups[index])


def _grouped(rows: list[Row]) -> list[list[Row]]:
    groups: list[list[Row]] = [[]]
    for row in rows:  # sorted, so each row is the longest so far
        if groups[-1] and (len(groups[-1]) + 1) * (len(row.tokens) + LENGTH_STEP) > TOKENS_PER_BATCH:
            groups.append([])
        groups[-1].append(row)
    return groups
