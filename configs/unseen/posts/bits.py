"""Binary vectors to one real number, four hidden layers."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

N_BITS = 24


class BitVectors(Dataset):
    def __init__(self, size, seed):
        fixed = np.random.RandomState(1234)
        weights, pairs = fixed.randn(N_BITS), fixed.permutation(N_BITS).reshape(-1, 2)[:5]
        rs = np.random.RandomState(seed)
        bits = rs.randint(0, 2, size=(size, N_BITS))
        y = bits @ weights + sum(2.0 * (bits[:, a] ^ bits[:, b]) for a, b in pairs)
        y = (y - 4.8) / 3.5 + 0.02 * rs.randn(size)
        self.x = torch.tensor(bits, dtype=torch.float32)
        self.y = torch.tensor(y, dtype=torch.float32).view(-1, 1)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, item):
        return self.x[item], self.y[item]


class FourHidden(nn.Module):
    def __init__(self, n_hidden=100, activation=torch.sigmoid):
        super().__init__()
        self.hidden_1 = nn.Linear(N_BITS, n_hidden)
        self.hidden_2 = nn.Linear(n_hidden, n_hidden)
        self.hidden_3 = nn.Linear(n_hidden, n_hidden)
        self.hidden_4 = nn.Linear(n_hidden, n_hidden)
        self.out = nn.Linear(n_hidden, 1)
        self.activation = activation

    def forward(self, x):
        for layer in (self.hidden_1, self.hidden_2, self.hidden_3, self.hidden_4):
            x = self.activation(layer(x))
        return self.out(x)
