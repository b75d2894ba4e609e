"""A damped swing solved by a network that knows only the equation: u'' + 0.5 u' + 4 u = 0, u(0) = 1, u'(0) = 0."""

import math

import torch
from torch import nn
from torch.utils.data import TensorDataset

DAMPING, STIFFNESS = 0.5, 4.0


def exact(t):
    rate = DAMPING / 2
    omega = math.sqrt(STIFFNESS - rate**2)
    return torch.exp(-rate * t) * (torch.cos(omega * t) + rate / omega * torch.sin(omega * t))


def points(n, seed):
    t = 3 * torch.rand(n, 1, generator=torch.Generator().manual_seed(seed))
    return TensorDataset(t, exact(t))


class Swing(nn.Module):
    """The start is built in: u = 1 + t² net(t) has u(0) = 1 and u'(0) = 0 whatever the net says."""

    def __init__(self, width=32):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(1, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1)
        )

    def forward(self, t):
        return 1 + t**2 * self.net(t / 1.5 - 1)


def slope(u, t):
    return torch.autograd.grad(u.sum(), t, create_graph=True)[0]


def residual_step(model, batch, loss):
    t, solution = batch  # the solution is for the score alone
    with torch.enable_grad():
        t = t.detach().clone().requires_grad_()
        u = model(t)
        first = slope(u, t)
        second = slope(first, t)
        residual = (second + DAMPING * first + STIFFNESS * u) / STIFFNESS
        # Earlier moments first: what comes later is only right when they are.
        weighted = residual * torch.exp(-0.3 * t.detach())
        value = loss(weighted, torch.zeros_like(weighted))
    return {"loss": value, "outputs": u, "targets": solution}
