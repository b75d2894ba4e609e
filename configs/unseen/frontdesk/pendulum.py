"""Surrogate of a simulation: where a damped, driven oscillator stands after a while."""

import math

import torch
from torch import nn
from torch.utils.data import TensorDataset


def simulate(params, t=3.0):
    """Closed form of x'' + 2 d x' + w^2 x = 0 from (x0, v0), under-damped."""
    w, d, x0, v0 = params.unbind(1)
    wd = torch.sqrt(w**2 - d**2)
    return torch.exp(-d * t) * (x0 * torch.cos(wd * t) + (v0 + d * x0) / wd * torch.sin(wd * t))


def runs(n, seed):
    g = torch.Generator().manual_seed(seed)
    low = torch.tensor([1.0, 0.05, -1.0, -1.0], dtype=torch.float64)
    high = torch.tensor([2.2, 0.3, 1.0, 1.0], dtype=torch.float64)
    unit = torch.rand(n, 4, generator=g, dtype=torch.float64)
    x = simulate(low + unit * (high - low))
    inputs = (unit - 0.5) * math.sqrt(12)
    targets = (x / 0.5).unsqueeze(1)
    return TensorDataset(inputs.float(), targets.float())


class TanhA(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = torch.tanh(x)
        ctx.save_for_backward(x)
        return y

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * (1 - x * x)


class TanhB(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = torch.tanh(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad_output):
        (y,) = ctx.saved_tensors
        return grad_output * (1 - y * y)


class Surrogate(nn.Module):
    activation = TanhB

    def __init__(self, n=48):
        super().__init__()
        self.inp = nn.Linear(4, n)
        self.mid = nn.ModuleList(nn.Linear(n, n) for _ in range(2))
        self.out = nn.Linear(n, 1)

    def forward(self, p):
        h = self.activation.apply(self.inp(p))
        for layer in self.mid:
            h = self.activation.apply(layer(h))
        return self.out(h)


class SurrogateA(Surrogate):
    activation = TanhA
