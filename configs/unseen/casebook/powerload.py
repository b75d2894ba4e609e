"""Forecast the next hour's electricity load of a small town from the last day, with an LSTM."""

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import Dataset

LOOK_BACK = 24
HOURS = 24 * 80


def read_load():
    """Hourly load in megawatt, and the outdoor temperature of the same hours."""
    rng = np.random.default_rng(2016)
    t = np.arange(HOURS)
    weather = np.zeros(HOURS)
    for i in range(1, HOURS):
        weather[i] = 0.97 * weather[i - 1] + rng.normal(0, 0.25)
    day = np.sin(2 * np.pi * (t % 24) / 24 - 1.9) + 0.4 * np.sin(4 * np.pi * (t % 24) / 24)
    load = 460 + 95 * day + 40 * weather + rng.normal(0, 8, HOURS)
    temperature = 14 - 3 * weather + 5 * day + rng.normal(0, 0.5, HOURS)
    return load, temperature


class LoadWindows(Dataset):
    def __init__(self, part, scale_y=False, column=False):
        load, temperature = read_load()
        split = int(HOURS * 0.75)
        table = np.stack([load, temperature], axis=1)
        low, high = table[:split].min(axis=0), table[:split].max(axis=0)
        features = (table - low) / (high - low)  # as MinMaxScaler does
        y = features[:, 0] if scale_y else load
        first, last = (0, split) if part == "train" else (split, HOURS)
        self.dataX, self.dataY = [], []
        for i in range(first, last - LOOK_BACK):
            self.dataX.append(features[i : i + LOOK_BACK])
            self.dataY.append(y[i + LOOK_BACK])
        self.dataX = torch.tensor(np.array(self.dataX), dtype=torch.float32)
        self.dataY = torch.tensor(np.array(self.dataY), dtype=torch.float32)
        if column:
            self.dataY = self.dataY.unsqueeze(1)

    def __len__(self):
        return len(self.dataX)

    def __getitem__(self, idx):
        return self.dataX[idx], self.dataY[idx]


class LoadLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(input_size=2, hidden_size=32, num_layers=1, batch_first=True)
        self.dense = nn.Linear(32, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.dense(out[:, -1, :])
