"""Muon for the matrices, AdamW for the rest, and one learning-rate schedule for both.

Muon replaces each matrix's momentum by the nearest matrix whose singular values are all 1. So every direction is learnt
at the same pace, including those that a few strong ones would drown, and training needs fewer steps.
"""

from collections import defaultdict

import torch
from torch import Tensor
from torch.optim import AdamW, Optimizer

from model import LanguageModel

MUON_RATE = 0.008
ADAM_RATE = 0.004
WARM_UP_STEPS = 50
FLAT_UNTIL = 0.3
LAST_RATE = 0.02

# Coefficients of the quintic Newton-Schulz iteration published with Muon (K. Jordan, 2024).
A, B, C = 3.4445, -4.7750, 2.0315


def orthogonalised(matrices: Tensor) -> Tensor:
    """Bring all singular values of (n, rows, columns) matrices near 1, by five Newton-Schulz steps."""
    x = matrices.bfloat16()
    tall = x.shape[1] > x.shape[2]
    if tall:
        x = x.transpose(1, 2)
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        gram = x @ x.transpose(1, 2)
        x = A * x + (B * gram + C * gram @ gram) @ x
    return (x.transpose(1, 2) if tall else x).float()


class Muon(Optimizer):
    def __init__(self, parameters: list[Tensor], lr: float, momentum: float = 0.95) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for parameter in group["params"]:
                by_shape[parameter.shape].append(parameter)
            for parameters in by_shape.values():
                self._step_together(parameters, group["lr"], group["momentum"])

    def _step_together(self, parameters: list[Tensor], rate: float, momentum: float) -> None:
        """Update all matrices of one shape in one batched product, which is faster than many small ones."""
        directions = []
        for parameter in parameters:
            buffer = self.state[parameter].setdefault("momentum", torch.zeros_like(parameter))
            buffer.lerp_(parameter.grad, 1 - momentum)
            directions.append(parameter.grad.lerp(buffer, momentum))
        updates = orthogonalised(torch.stack(directions))
        scale = max(1.0, parameters[0].shape[0] / parameters[0].shape[1]) ** 0.5
        for parameter, update in zip(parameters, updates, strict=True):
            parameter.sub_(update, alpha=rate * scale)


def optimizers(model: LanguageModel) -> list[Optimizer]:
    matrices = [p for name, p in model.named_parameters() if p.dim() == 2 and "embedding" not in name]
    others = [p for name, p in model.named_parameters() if p.dim() != 2 or "embedding" in name]
    return [Muon(matrices, lr=MUON_RATE), AdamW(others, lr=ADAM_RATE, betas=(0.9, 0.98), weight_decay=0.0)]


def rate_factor(step: int, steps: int) -> float:
    """Warm up, stay flat, then decay linearly: most of the lasting progress comes during the decay."""
    if step < WARM_UP_STEPS:
        return (step + 1) / WARM_UP_STEPS
    done = step / steps
    if done < FLAT_UNTIL:
        return 1.0
    return 1.0 - (1.0 - LAST_RATE) * (done - FLAT_UNTIL) / (1.0 - FLAT_UNTIL)
