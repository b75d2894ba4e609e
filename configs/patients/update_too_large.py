import math

import torch
from torch import nn


def net():
    return nn.Sequential(
        nn.Conv2d(1, 12, 3, padding=1, stride=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(192, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )


class Langevin(torch.optim.Optimizer):
    """Gradient descent with noise, which draws weights from their posterior distribution (Welling and Teh, 2011).

    Args:
        params: Parameters.
        lr: Step size.
        most: Weights are uniform in ±``most`` before any data are seen.
        samples: Size of the data set when the loss is a mean over it: the noise is smaller by its root.
    """

    def __init__(self, params, lr, most=0.5, samples=1):
        super().__init__(params, {"lr": lr, "most": most, "samples": samples})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            noise = math.sqrt(2 * group["lr"] / group["samples"])
            for p in group["params"]:
                if p.grad is not None:
                    p.add_(p.grad, alpha=-group["lr"]).add_(torch.randn_like(p), alpha=noise)
                    p.clamp_(-group["most"], group["most"])
