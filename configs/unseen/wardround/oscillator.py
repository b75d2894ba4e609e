"""A damped oscillator solved by a physics-informed network: no measurement is fitted, only the equation and the start."""

import math

import torch
from torch import nn
from torch.utils.data import TensorDataset

DAMPING, OMEGA = 0.4, 3.0


def exact(t):
    w = math.sqrt(OMEGA**2 - DAMPING**2)
    return torch.exp(-DAMPING * t) * (torch.cos(w * t) + DAMPING / w * torch.sin(w * t))


def collocation(n, jitter_seed=None, end=3.0):
    t = torch.linspace(0, end, n)[:, None]
    if jitter_seed is not None:
        t = torch.rand(n, 1, generator=torch.Generator().manual_seed(jitter_seed)) * end
    return TensorDataset(t, exact(t))


class Solution(nn.Module):
    def __init__(self, width=24):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(1, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1)
        )

    def forward(self, t):
        return self.net(t - 1.5)


def residual_step(model, batch, loss):
    t, truth = batch
    with torch.enable_grad():
        t = t.clone().requires_grad_(True)
        u = model(t)
        du = torch.autograd.grad(u.sum(), t, create_graph=True)[0]
        ddu = torch.autograd.grad(du.sum(), t, create_graph=True)[0]
        equation = ddu + 2 * DAMPING * du + OMEGA**2 * u
        start = torch.zeros(1, 1, device=t.device, requires_grad=True)
        u0 = model(start)
        v0 = torch.autograd.grad(u0.sum(), start, create_graph=True)[0]
        total = (
            0.05 * loss(equation, torch.zeros_like(equation)) + (u0 - 1).square().sum() + v0.square().sum()
        )
    return {"loss": total, "outputs": u, "targets": truth}
