"""Customer churn from a billing table, with a focal loss."""

import torch
import torch.nn as nn
from torch.utils.data import Dataset

COLUMNS = ["tenure", "monthly", "total", "calls", "age", "month_to_month", "one_year", "two_year"]


def make_table(n, seed):
    g = torch.Generator().manual_seed(seed)

    def u(low, high):
        return low + (high - low) * torch.rand(n, generator=g)

    tenure, monthly, age = u(0, 72).round(), u(20, 120), u(18, 80).round()
    total = tenure * monthly * u(0.95, 1.05)
    calls = torch.poisson(torch.full((n,), 2.0), generator=g)
    contract = torch.randint(0, 3, (n,), generator=g)
    onehot = nn.functional.one_hot(contract, 3).float()
    risk = 1.6 - 0.09 * tenure + 0.05 * (monthly - 60) + 1.1 * (calls - 2) - 1.5 * contract.float() + 1.2
    risk = 1.8 * risk
    y = (torch.rand(n, generator=g) < torch.sigmoid(risk)).float()
    x = torch.cat([torch.stack([tenure, monthly, total, calls, age], 1), onehot], 1)
    return x, y


class ChurnTable(Dataset):
    def __init__(self, n, seed, standardize=False):
        self.x, self.y = make_table(n, seed)
        if standardize:
            reference, _ = make_table(3000, 1)
            self.x = (self.x - reference.mean(0)) / reference.std(0)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, idx):
        return self.x[idx], self.y[idx]


class FocalLoss(nn.Module):
    def __init__(self, gamma=1.0):
        super().__init__()
        self.gamma = gamma

    def forward(self, inputs, targets):
        p = torch.sigmoid(inputs)
        eps = 1e-6
        pos = -targets * (1 - p) ** self.gamma * torch.log(p + eps)
        neg = -(1 - targets) * p**self.gamma * torch.log(1 - p + eps)
        return (pos + neg).mean()


class ChurnModel(nn.Module):
    def __init__(self, squeeze=False):
        super().__init__()
        self.layer_1 = nn.Linear(len(COLUMNS), 32)
        self.layer_2 = nn.Linear(32, 16)
        self.layer_out = nn.Linear(16, 1)
        self.relu = nn.ReLU()
        self.squeeze = squeeze

    def forward(self, inputs):
        x = self.relu(self.layer_1(inputs))
        x = self.relu(self.layer_2(x))
        x = self.layer_out(x)
        return x.squeeze(1) if self.squeeze else x
