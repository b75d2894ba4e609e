"""Tomorrow's parcels of a depot from the last two weeks."""

import numpy as np
import torch
from torch import nn


def parcels(depots, days, seed):
    rng = np.random.default_rng(seed)
    t = np.arange(days)
    rows = []
    for _ in range(depots):
        week = rng.normal(0, 1, 7)
        week[5:] -= rng.uniform(1, 3)
        level = rng.uniform(200, 900)
        season = 0.15 * np.sin(2 * np.pi * (t / rng.uniform(80, 120) + rng.random()))
        rows.append(level * (1 + season + 0.2 * week[t % 7] + rng.normal(0, 0.05, days)))
    return np.array(rows)


class Windows(torch.utils.data.Dataset):
    def __init__(self, part, depots=24, days=140, past=14, seed=61):
        series = parcels(depots, days, seed)
        cut = int(days * 0.75)
        mu = series[:, :cut].mean(1, keepdims=True)
        sd = series[:, :cut].std(1, keepdims=True)
        z = (series - mu) / sd
        z = z[:, :cut] if part == "train" else z[:, cut - past :]
        self.items = [(row[i : i + past], row[i + past]) for row in z for i in range(len(row) - past)]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        past, nxt = self.items[i]
        return torch.tensor(past, dtype=torch.float32).unsqueeze(-1), torch.tensor([nxt], dtype=torch.float32)


class DemandNet(nn.Module):
    def __init__(self, past=14, hidden_size=64):
        super().__init__()
        self.flat = nn.Flatten()
        self.dense1 = nn.Linear(past, hidden_size)
        self.dense2 = nn.Linear(hidden_size, hidden_size // 2)
        self.linear = nn.Linear(hidden_size // 2, 1)

    def forward(self, seq):
        h = torch.relu(self.dense1(self.flat(seq)))
        h = torch.relu(self.dense2(h))
        return self.linear(h)


class DemandNetPositive(DemandNet):
    def forward(self, seq):
        return torch.relu(super().forward(seq))
