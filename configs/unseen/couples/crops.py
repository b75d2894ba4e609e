"""Yield of a field from eight readings of its soil and its weather."""

import torch
import torch.nn as nn
from torch.utils.data import Dataset


class FieldData(Dataset):
    def __init__(self, n_fields, seed):
        g = torch.Generator().manual_seed(seed)
        x = torch.randn(n_fields, 8, generator=g)
        nitrogen, rain, heat, ph = x[:, 0], x[:, 1], x[:, 2], x[:, 3]
        y = (
            0.9 * torch.tanh(nitrogen)
            + 0.7 * rain
            - 0.4 * rain**2
            + 0.5 * heat * ph
            + 0.3 * torch.sin(2 * x[:, 5])
        )
        self.x = x
        self.y = (y - y.mean()) / y.std() + 0.15 * torch.randn(n_fields, generator=g)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class YieldNet(nn.Module):
    def __init__(self, hidden=64, drop=0.0, flat=True):
        super().__init__()
        self.flat = flat
        self.fc1 = nn.Linear(8, hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.fc3 = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, 1)
        self.drop = nn.Dropout(drop)
        self.relu = nn.ReLU()

    def forward(self, x):
        x = self.drop(self.relu(self.fc1(x)))
        x = self.drop(self.relu(self.fc2(x)))
        x = self.drop(self.relu(self.fc3(x)))
        y = self.out(x)
        return y.view(-1) if self.flat else y
