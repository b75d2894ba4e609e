"""Heart disease, yes or no: "the output is always 1.0 and the accuracy never changes"."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset


class HeartDataset(Dataset):
    def __init__(self, train=True):
        rng = np.random.default_rng(31)
        x = rng.normal(size=(1500, 11)).astype(np.float32)
        risk = x[:, 0] * 1.5 - x[:, 1] + x[:, 2] * x[:, 3] + 0.8 * x[:, 4] + rng.normal(0, 0.4, 1500)
        y = (risk > 0.2).astype(np.float32)
        rows = slice(0, 1200) if train else slice(1200, None)
        self.x, self.y = torch.from_numpy(x[rows]), torch.from_numpy(y[rows]).unsqueeze(1)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, idx):
        return self.x[idx], self.y[idx]


class HeartNet(nn.Module):
    def __init__(self, final="sigmoid"):
        super().__init__()
        self.l1 = nn.Linear(11, 32)
        self.l2 = nn.Linear(32, 16)
        self.l3 = nn.Linear(16, 1)
        self.relu = nn.ReLU()
        self.final = nn.Softmax(dim=1) if final == "softmax" else nn.Sigmoid()

    def forward(self, x):
        x = self.relu(self.l1(x))
        x = self.relu(self.l2(x))
        return self.final(self.l3(x))
