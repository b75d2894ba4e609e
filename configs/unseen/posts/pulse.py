"""Read the pulse off a short window of a wrist sensor with an LSTM."""

import math

import torch
import torch.nn as nn
from torch.utils.data import Dataset


class PulseDataset(Dataset):
    def __init__(self, count, seed, column=False):
        g = torch.Generator().manual_seed(seed)
        bpm = 50 + 90 * torch.rand(count, generator=g)
        phase = 2 * math.pi * torch.rand(count, 1, generator=g)
        t = torch.arange(32) / 12.5  # seconds
        wave = torch.sin(2 * math.pi * bpm[:, None] / 60 * t + phase)
        self.X = (wave + 0.1 * torch.randn(wave.shape, generator=g)).unsqueeze(-1)
        self.y = (bpm - 95) / 26
        if column:
            self.y = self.y.unsqueeze(1)

    def __len__(self):
        return len(self.X)

    def __getitem__(self, i):
        return self.X[i], self.y[i]


class LSTMRegressor(nn.Module):
    def __init__(self, input_size=1, hidden_size=32, num_layers=1, batch_first=False):
        super().__init__()
        self.lstm = nn.LSTM(input_size, hidden_size, num_layers, batch_first=batch_first)
        self.linear = nn.Linear(hidden_size, 1)

    def forward(self, input_seq):
        lstm_out, _ = self.lstm(input_seq)
        return self.linear(lstm_out[:, -1, :])
