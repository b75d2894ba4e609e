"""Which appliances are on? Five of them in one trace of the flat's meter."""

import numpy as np
import torch
import torch.nn as nn

NAMES = ["fridge", "kettle", "washer", "microwave", "tv"]
L = 96


def trace_of(rng, which):
    t = np.arange(L)
    if which == "fridge":
        return 0.35 * (np.sin(2 * np.pi * (t / 32 + rng.random())) > 0.2)
    if which == "kettle":
        s = rng.integers(0, L - 25)
        return 1.8 * ((t >= s) & (t < s + rng.integers(14, 25)))
    if which == "washer":
        return 0.4 + 0.4 * np.sin(2 * np.pi * (t / 9 + rng.random())) * (0.8 + 0.4 * rng.random())
    if which == "microwave":
        s = rng.integers(0, L - 31)
        return 1.0 * ((t >= s) & (t < s + 30) & (((t - s) // 3) % 2 == 0))
    return 0.25 * np.abs(rng.normal(0, 1, L))


class MeterTraces(torch.utils.data.Dataset):
    def __init__(self, howMany, seed):
        rng = np.random.default_rng(seed)
        self.X, self.Y = [], []
        for _ in range(howMany):
            on = rng.random(5) < 0.45
            x = 0.1 + rng.normal(0, 0.05, L)
            for name, yes in zip(NAMES, on, strict=True):
                if yes:
                    x = x + trace_of(rng, name)
            self.X.append(torch.tensor(x, dtype=torch.float32)[None])
            self.Y.append(torch.tensor(on, dtype=torch.float32))

    def __len__(self):
        return len(self.X)

    def __getitem__(self, k):
        return self.X[k], self.Y[k]


class MeterNet(nn.Module):
    def __init__(self, final):
        super().__init__()
        self.c1 = nn.Conv1d(1, 24, 9, padding=4)
        self.c2 = nn.Conv1d(24, 32, 7, stride=2, padding=3)
        self.c3 = nn.Conv1d(32, 32, 5, padding=2)
        self.b1, self.b2, self.b3 = nn.BatchNorm1d(24), nn.BatchNorm1d(32), nn.BatchNorm1d(32)
        self.fc = nn.Linear(64, 5)
        self.final = final

    def forward(self, x):
        x = torch.relu(self.b1(self.c1(x)))
        x = torch.relu(self.b2(self.c2(x)))
        x = torch.relu(self.b3(self.c3(x)))
        x = torch.cat([x.mean(2), x.amax(2)], 1)
        return self.final(self.fc(x))
