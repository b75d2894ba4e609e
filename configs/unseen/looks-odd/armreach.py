"""Joint angles of a two-link arm for a place of its hand: two answers are right (elbow up, elbow down)."""

import math

import torch
from torch import nn
from torch.utils.data import TensorDataset

UPPER, LOWER = 310.0, 270.0  # millimetres


def reaches(n, seed):
    g = torch.Generator().manual_seed(seed)
    shoulder = (torch.rand(n, generator=g) - 0.5) * math.pi
    elbow = 0.4 + 2.0 * torch.rand(n, generator=g)
    elbow = torch.where(torch.rand(n, generator=g) < 0.5, elbow, -elbow)
    x = UPPER * shoulder.cos() + LOWER * (shoulder + elbow).cos()
    y = UPPER * shoulder.sin() + LOWER * (shoulder + elbow).sin()
    joints = torch.stack([shoulder, elbow], 1) + 0.03 * torch.randn(n, 2, generator=g)
    return TensorDataset(torch.stack([x, y], 1), joints)


class MDN(nn.Module):
    def __init__(self, k=4, hidden=64):
        super().__init__()
        self.k = k
        self.body = nn.Sequential(nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh())
        self.pi, self.mu, self.log_sigma = (nn.Linear(hidden, width) for width in (k, 2 * k, 2 * k))

    def forward(self, place):
        h = self.body(place / 300.0)
        mu, log_sigma = self.mu(h).view(-1, self.k, 2), self.log_sigma(h).view(-1, self.k, 2)
        return self.pi(h).log_softmax(1), mu, log_sigma.clamp(-4.5, 2)


class MixtureNLL(nn.Module):
    def forward(self, parts, joints):
        log_pi, mu, log_sigma = parts
        z = (joints.unsqueeze(1) - mu) * (-log_sigma).exp()
        log_p = (-0.5 * z.square() - log_sigma - 0.5 * math.log(2 * math.pi)).sum(2)
        return -torch.logsumexp(log_pi + log_p, dim=1).mean()
