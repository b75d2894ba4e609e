"""Will a customer take the loan? Six columns of a bank's table."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

COLUMNS = ["age", "salary", "balance", "tenure", "products", "score"]


def load_bank(rows, seed):
    rng = np.random.default_rng(seed)
    age = rng.uniform(18, 75, rows)
    salary = rng.uniform(12_000, 190_000, rows)
    balance = rng.uniform(0, 240_000, rows)
    tenure = rng.integers(0, 11, rows)
    products = rng.integers(1, 5, rows)
    score = rng.uniform(350, 850, rows)
    x = np.stack([age, salary, balance, tenure, products, score], axis=1)
    z = 0.11 * (age - 46) - 1.1 * (products - 2.5) + 0.3 * (tenure - 5) + 0.004 * (score - 600)
    z = z + (salary - 100_000) / 90_000 - (balance - 120_000) / 150_000
    y = (z + rng.normal(0, 0.4, rows) > 0).astype(np.float32)
    return x.astype(np.float32), y


class BankDataset(Dataset):
    def __init__(self, part, standardize=False):
        train_x, train_y = load_bank(2000, seed=123)
        x, y = (train_x, train_y) if part == "train" else load_bank(600, seed=321)
        if standardize:
            x = (x - train_x.mean(0)) / train_x.std(0)
        self.x, self.y = torch.from_numpy(x), torch.from_numpy(y).unsqueeze(1)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, index):
        return self.x[index], self.y[index]


class BinaryClassification(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer_1 = nn.Linear(len(COLUMNS), 64)
        self.layer_2 = nn.Linear(64, 32)
        self.layer_out = nn.Linear(32, 1)
        self.relu = nn.ReLU()

    def forward(self, inputs):
        x = self.relu(self.layer_1(inputs))
        x = self.relu(self.layer_2(x))
        return self.layer_out(x)
