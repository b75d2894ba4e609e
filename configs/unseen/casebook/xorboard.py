"""XOR with real numbers: points of a square, labelled by whether their coordinates have unlike signs."""

import torch
import torch.nn as nn
from torch.utils.data import Dataset


class XorPoints(Dataset):
    def __init__(self, N, seed, negative=0):
        gen = torch.Generator().manual_seed(seed)
        sign = torch.tensor([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]).repeat(N // 4, 1)
        self.points = sign * (0.1 + 0.9 * torch.rand(len(sign), 2, generator=gen))
        y = (sign[:, 0] != sign[:, 1]).float()
        y[y == 0] = negative
        self.labels = y[:, None]

    def __getitem__(self, item):
        return self.points[item], self.labels[item]

    def __len__(self):
        return len(self.points)


def hinge(y_pred, y_true):
    return torch.mean(torch.clamp(1.0 - y_true * y_pred, min=0.0))


class XorModel(nn.Module):
    def __init__(self, hiddenUnits=16):
        super().__init__()
        self.dense1 = nn.Linear(2, hiddenUnits)
        self.dense2 = nn.Linear(hiddenUnits, hiddenUnits)
        self.dense3 = nn.Linear(hiddenUnits, 1)

    def forward(self, x):
        x = torch.relu(self.dense1(x))
        x = torch.relu(self.dense2(x))
        return torch.tanh(self.dense3(x))


class BinaryAccuracy:
    """Share of points on the right side of nought."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.right, self.total = 0, 0

    def update(self, outputs, targets):
        self.right += ((outputs > 0) == (targets > 0)).sum().item()
        self.total += targets.numel()

    def compute(self):
        return self.right / max(self.total, 1)
