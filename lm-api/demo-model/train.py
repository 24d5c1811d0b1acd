"""Trains the model, first on copying alone, then on the conversations."""

import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from batches import TOKENS_PER_BATCH, Batch, Row, batch_of, batches, copy_row
from copy_circuit import starting_weights
from model import LanguageModel, Shape
from optimizer import optimizers, rate_factor

SEED = 1
COPY_ROWS_PER_BATCH = 24
COPY_ROWS_SHARE = 0.06
COPYING_IS_LEARNT = 0.95
LONGEST_COPY_PHASE = 250  # steps
COPY_PHASE_RATE = 0.3
STEPS_PER_CHECKPOINT = 250


def train(rows: list[Row], shape: Shape, passes: int, checkpoint: Path) -> LanguageModel:
    """Train a model, or resume from the checkpoint with the same rows in the same order, so the result is the same."""
    torch.manual_seed(SEED)
    random = np.random.default_rng(SEED)
    model = starting_weights(shape, torch.Generator().manual_seed(SEED))
    print(f"parameters: {sum(p.numel() for p in model.parameters()):,}", flush=True)
    if not checkpoint.exists():
        learn_to_copy(model, random)
    random = np.random.default_rng(SEED + 1)
    rows = rows + [copy_row(random, shape.vocabulary) for _ in range(int(COPY_ROWS_SHARE * len(rows)))]
    steps = passes * sum(1 for _ in batches(rows, np.random.default_rng(SEED)))
    learn(model, (batch for _ in range(passes) for batch in batches(rows, random)), steps, checkpoint)
    return model


def loss_of(
    model: LanguageModel, tokens: Tensor, places: Tensor, targets: Tensor, weights: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the weighted cross-entropy at the learnt places, and the share of correct predictions."""
    with torch.autocast("cpu", torch.bfloat16):
        hidden = model.hidden(tokens).flatten(0, 1)[places]
        logits = model.logits(hidden)
    losses = F.cross_entropy(logits.float(), targets, reduction="none")
    right = (logits.detach().argmax(-1) == targets).float().mean()
    return (losses * weights).sum() / weights.sum(), right


# Compiled to a few fused kernels instead of hundreds of small ones, which is worth the minute of compiling.
compiled_loss_of = torch.compile(loss_of, dynamic=True)


def learn_to_copy(model: LanguageModel, random: np.random.Generator) -> None:
    """Train on copying alone for a short time, so that the circuit survives the noise of the early steps."""
    learners = optimizers(model)
    _set_rate(learners, COPY_PHASE_RATE)
    recent: list[float] = []
    for step in range(LONGEST_COPY_PHASE):
        batch = batch_of([copy_row(random, model.shape.vocabulary) for _ in range(COPY_ROWS_PER_BATCH)])
        recent.append(_step(model, learners, batch)[1])
        if step % 10 == 0:
            print(f"copying, step {step}: {recent[-1]:.1%} right", flush=True)
        if len(recent) > 5 and sum(recent[-5:]) / 5 > COPYING_IS_LEARNT:
            break
    print(f"copying: {recent[-1]:.1%} right after {len(recent)} steps", flush=True)


def learn(model: LanguageModel, source: Iterator[Batch], steps: int, checkpoint: Path) -> None:
    learners = optimizers(model)
    bases = [group["lr"] for learner in learners for group in learner.param_groups]
    done = _load(checkpoint, model, learners) if checkpoint.exists() else 0
    started = time.monotonic()
    losses, rights = [], []
    for step, batch in zip(count(), source):
        if step < done:
            continue
        _set_rate(learners, rate_factor(step, steps), bases)
        loss, right = _step(model, learners, batch)
        losses.append(loss)
        rights.append(right)
        if step % 50 == 49 or step == steps - 1:
            seconds = time.monotonic() - started
            print(
                f"step {step + 1}/{steps}  loss {np.mean(losses[-50:]):.4f}  right {np.mean(rights[-50:]):.2%}  "
                f"{seconds:.0f} s  {(step + 1 - done) * TOKENS_PER_BATCH / seconds:,.0f} tokens/s",
                flush=True,
            )
        if (step + 1) % STEPS_PER_CHECKPOINT == 0 or step == steps - 1:
            _save(checkpoint, step + 1, model, learners)


def _save(checkpoint: Path, done: int, model: LanguageModel, learners: list[torch.optim.Optimizer]) -> None:
    state = {"done": done, "model": model.state_dict(), "learners": [learner.state_dict() for learner in learners]}
    unfinished = checkpoint.with_suffix(".unfinished")
    torch.save(state, unfinished)
    unfinished.replace(checkpoint)


def _load(checkpoint: Path, model: LanguageModel, learners: list[torch.optim.Optimizer]) -> int:
    """Load the checkpoint and return the number of completed steps."""
    state = torch.load(checkpoint)
    model.load_state_dict(state["model"])
    for learner, saved in zip(learners, state["learners"], strict=True):
        learner.load_state_dict(saved)
    done: int = state["done"]
    print(f"resuming from {checkpoint} after {done} steps", flush=True)
    return done


def _step(model: LanguageModel, learners: list[torch.optim.Optimizer], batch: Batch) -> tuple[float, float]:
    weights = batch.weights.flatten()
    places = weights.nonzero().flatten()
    loss, right = compiled_loss_of(model, batch.tokens, places, batch.targets.flatten()[places], weights[places])
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for learner in learners:
        learner.step()
        learner.zero_grad()
    return loss.item(), right.item()


def _set_rate(learners: list[torch.optim.Optimizer], factor: float, bases: list[float] | None = None) -> None:
    groups = [group for learner in learners for group in learner.param_groups]
    for group, base in zip(groups, bases or [group["lr"] for group in groups], strict=True):
        group["lr"] = base * factor
