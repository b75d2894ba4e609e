"""An LSTM that adds up a short series: "the same code works in Keras, here the loss stays at the variance"."""

import torch
from torch import nn
from torch.utils.data import Dataset


class Series(Dataset):
    """Ten readings in, their sum out."""

    def __init__(self, n, seed, length=10):
        g = torch.Generator().manual_seed(seed)
        self.x = torch.rand(n, length, 1, generator=g) - 0.5
        self.y = self.x.sum(dim=1)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class LSTMModel(nn.Module):
    def __init__(self, hidden_dim=32, **kwargs):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden_dim, **kwargs)
        self.fc = nn.Linear(hidden_dim, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1, :])
