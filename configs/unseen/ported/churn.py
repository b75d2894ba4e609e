"""Does a telephone customer leave? Ten columns, one probability."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import TensorDataset


def make_customers(n, seed):
    r = np.random.RandomState(seed)
    months = r.exponential(24, n).clip(1, 96)
    bill = r.normal(60, 20, n).clip(15)
    calls = r.poisson(2, n)
    contract = r.randint(0, 3, n)
    fibre, paperless, senior, partner = (r.rand(n, 4) < [0.45, 0.6, 0.2, 0.5]).T.astype(float)
    speed, age = r.normal(50, 12, n), r.normal(48, 15, n)
    z = 3.2 - 0.09 * months + 0.05 * (bill - 60) + 1.1 * calls - 2.3 * contract
    z += 2.0 * fibre * (calls > 2) + 0.5 * paperless - 0.02 * (speed - 50)
    left = r.rand(n) < 1 / (1 + np.exp(-1.6 * z))
    X = np.stack([months, bill, calls, contract, fibre, paperless, senior, partner, speed, age], axis=1)
    return X, left.astype("float32").reshape(-1, 1)


def customers(train=True):
    X_train, y_train = make_customers(2400, 5)
    mu, sd = X_train.mean(0), X_train.std(0)
    X, y = (X_train, y_train) if train else make_customers(800, 6)
    return TensorDataset(torch.FloatTensor((X - mu) / sd), torch.from_numpy(y))


class ChurnNet(nn.Module):
    def __init__(self, output="softmax"):
        super().__init__()
        self.fc1 = nn.Linear(10, 16)
        self.fc2 = nn.Linear(16, 8)
        self.out = nn.Linear(8, 1)
        self.output = output

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        x = self.out(x)
        if self.output == "softmax":
            return F.softmax(x, dim=1)
        return torch.sigmoid(x)
