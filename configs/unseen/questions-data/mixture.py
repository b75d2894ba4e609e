"""A mixture density network: which pose has the hand that points here? There are three ways."""

import math

import torch
from torch import nn
from torch.utils.data import Dataset

K, COORDS = 4, 42  # 21 landmarks, x and y


class HandPoses(Dataset):
    def __init__(self, n, seed):
        hand = torch.Generator().manual_seed(5)
        turn = 0.9 * torch.randn(3, 2, COORDS, generator=hand)
        rest = 0.5 * torch.randn(3, COORDS, generator=hand)
        gen = torch.Generator().manual_seed(seed)
        self.point = 2 * torch.rand(n, 2, generator=gen) - 1
        way = torch.randint(3, (n,), generator=gen)
        pose = torch.tanh(torch.einsum("np,npj->nj", self.point, turn[way]) + rest[way])
        self.pose = pose + 0.03 * torch.randn(n, COORDS, generator=gen)

    def __len__(self):
        return len(self.point)

    def __getitem__(self, i):
        return self.point[i], self.pose[i]


class MDN(nn.Module):
    def __init__(self, hidden=64):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh())
        self.pi = nn.Linear(hidden, K)
        self.mu = nn.Linear(hidden, K * COORDS)
        self.log_sigma = nn.Linear(hidden, K * COORDS)

    def forward(self, point):
        h = self.trunk(point)
        return torch.cat([self.pi(h), self.mu(h), self.log_sigma(h)], dim=1)


def log_densities(output, pose):
    pi, mu, log_sigma = output.split([K, K * COORDS, K * COORDS], dim=1)
    mu, log_sigma = mu.view(-1, K, COORDS), log_sigma.view(-1, K, COORDS)
    z = (pose.unsqueeze(1) - mu) / log_sigma.exp()
    return pi, (-0.5 * z**2 - log_sigma - 0.5 * math.log(2 * math.pi)).sum(dim=2)


def mdn_loss(output, pose):
    pi, log_normal = log_densities(output, pose)
    return -torch.logsumexp(torch.log_softmax(pi, 1) + log_normal, dim=1).mean()


def mdn_loss_by_densities(output, pose):
    pi, log_normal = log_densities(output, pose)
    density = (torch.softmax(pi, 1) * log_normal.exp()).sum(dim=1)
    return -torch.log(density).mean()
