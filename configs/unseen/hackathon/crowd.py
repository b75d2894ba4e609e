"""How many people stand near the coffee machine? A set of badge positions, any number of them, in the hall."""

import torch
from torch import nn
from torch.utils.data import Dataset

MOST = 24


class Hall(Dataset):
    def __init__(self, n, seed, column=False):
        g = torch.Generator().manual_seed(seed)
        self.sets, self.counts = [], []
        for _ in range(n):
            k = int(torch.randint(6, MOST + 1, (1,), generator=g))
            crowd = torch.rand(1, generator=g) * 0.9
            near = torch.rand(k, generator=g) < crowd
            angle, r = torch.rand(2, k, generator=g) * torch.tensor([[6.283], [1.0]])
            r = torch.where(near, 0.4 * r, 0.55 + 0.45 * r)
            xy = torch.stack([r * angle.cos(), r * angle.sin()], 1) * 2
            badges = torch.zeros(MOST, 3)
            badges[:k, :2] = xy + 0.02 * torch.randn(k, 2, generator=g)
            badges[:k, 2] = 1
            self.sets.append(badges)
            count = (near.float().sum() - 7) / 5  # standardised
            self.counts.append(count[None] if column else count)

    def __len__(self):
        return len(self.sets)

    def __getitem__(self, i):
        return self.sets[i], self.counts[i]


class BadgeEncoder(nn.Module):
    def __init__(self, width, relu):
        super().__init__()
        self.one, self.two = nn.Linear(2, width), nn.Linear(width, width)
        self.relu = relu

    def forward(self, xy):
        h = self.one(xy)
        if self.relu:
            h = torch.relu(h)
        return self.two(h)


class DeepSet(nn.Module):
    def __init__(self, width=48, relu=True):
        super().__init__()
        self.phi = BadgeEncoder(width, relu)
        self.rho = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, badges):
        there = badges[..., 2:]
        pooled = (self.phi(badges[..., :2]) * there).sum(1) / 8
        return self.rho(pooled).squeeze(1)
