"""One hour ahead: electric load of a house from the day before."""

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import Dataset


def make_series(hours, seed):
    rng = np.random.RandomState(seed)
    t = np.arange(hours)
    load = 1.6 + 0.7 * np.sin(2 * np.pi * (t - 7) / 24) + 0.35 * np.sin(4 * np.pi * t / 24)
    load = load * (1 + 0.25 * np.sin(2 * np.pi * t / (24 * 7)))
    drift = np.zeros(hours)
    for i in range(1, hours):
        drift[i] = 0.9 * drift[i - 1] + rng.normal(0, 0.08)
    return load + drift + rng.normal(0, 0.04, hours)


class LoadDataset(Dataset):
    def __init__(self, hours, seed, window=24, columnTarget=False):
        series = make_series(hours, seed)
        series = (series - 1.6) / 0.65
        X, y = [], []
        for i in range(len(series) - window):
            X.append(series[i : i + window])
            y.append(series[i + window])
        self.X = torch.from_numpy(np.array(X)).float().unsqueeze(-1)
        self.y = torch.from_numpy(np.array(y)).float()
        if columnTarget:
            self.y = self.y.reshape(-1, 1)

    def __len__(self):
        return len(self.X)

    def __getitem__(self, idx):
        return self.X[idx], self.y[idx]


class LSTMForecaster(nn.Module):
    def __init__(self, input_size=1, hidden_size=32, num_layers=1, output_size=1):
        super().__init__()
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.lstm = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, output_size)

    def forward(self, x):
        h0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size).to(x.device)
        c0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size).to(x.device)
        out, _ = self.lstm(x, (h0, c0))
        return self.fc(out[:, -1, :])
