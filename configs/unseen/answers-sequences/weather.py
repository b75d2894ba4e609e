"""Tomorrow's temperature anomaly from two weeks of weather."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class WeatherWindows(torch.utils.data.Dataset):
    def __init__(self, days, seed, lookback=14):
        rng = np.random.default_rng(seed)
        temp, pressure, wind = np.zeros(days), np.zeros(days), np.zeros(days)
        for d in range(1, days):
            pressure[d] = 0.8 * pressure[d - 1] + rng.normal(0, 0.6)
            wind[d] = 0.5 * wind[d - 1] - 0.4 * pressure[d - 1] + rng.normal(0, 0.5)
            temp[d] = 0.75 * temp[d - 1] + 0.7 * pressure[d - 1] - 0.4 * wind[d - 1] + rng.normal(0, 0.35)
        table = np.stack([temp, pressure, wind], axis=1)
        table = (table - table.mean(axis=0)) / table.std(axis=0)
        self.table = torch.as_tensor(table, dtype=torch.float32)
        self.lookback = lookback

    def __len__(self):
        return len(self.table) - self.lookback

    def __getitem__(self, i):
        end = i + self.lookback
        return self.table[i:end], self.table[end, :1]


class WeatherLSTM(nn.Module):
    def __init__(self, n_features=3, n_hidden=40, last_relu=True):
        super().__init__()
        self.last_relu = last_relu
        self.lstm = nn.LSTM(n_features, n_hidden, num_layers=2, batch_first=True)
        self.fc1 = nn.Linear(n_hidden, 20)
        self.fc2 = nn.Linear(20, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        x = torch.flatten(out[:, -1], 1)
        x = F.relu(self.fc1(x))
        x = self.fc2(x)
        return F.relu(x) if self.last_relu else x
