"""Which of two hits was clicked: one net scores both, the difference is what is learnt."""

import torch
from torch import nn
from torch.utils.data import Dataset


class Clicks(Dataset):
    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.a = torch.randn(n, 10, generator=g)
        self.b = torch.randn(n, 10, generator=g)
        gap = self.worth(self.a) - self.worth(self.b)
        self.y = (torch.rand(n, generator=g) < torch.sigmoid(gap)).float()

    @staticmethod
    def worth(x):
        return (
            x[:, 0] + 0.6 * x[:, 1] - 0.8 * torch.relu(x[:, 2]) + 0.5 * x[:, 3] * torch.sigmoid(3 * x[:, 4])
        )

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return (self.a[i], self.b[i]), self.y[i]


class Scorer(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, pair):
        left, right = pair
        return (self.f(left) - self.f(right)).squeeze(1)
