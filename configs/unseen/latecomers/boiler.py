"""State of a boiler from a day of hourly readings; Keras: BatchNormalization, LSTM, Dense."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

STATES = ("ok", "leak", "scale", "pump")
HOURS = 24
#            temperature C, pressure bar, vibration mm, speed rpm, flow l/s
TYPICAL = np.array([74.0, 1.52, 0.021, 1480.0, 0.38])
SPREAD = np.array([6.0, 0.05, 0.004, 55.0, 0.03])


class Readings(Dataset):
    classes = STATES

    def __init__(self, days, seed):
        rs = np.random.RandomState(seed)
        self.labels = rs.randint(0, 4, days)
        z = rs.randn(days, HOURS, 5) * 0.8
        hours = np.linspace(0, 1, HOURS)
        z += (rs.randn(days, 1, 5) * 0.5) + np.sin(2 * np.pi * hours)[None, :, None] * 0.5
        for day, state in enumerate(self.labels):
            ramp = np.clip((hours - rs.uniform(0.1, 0.4)) * 2, 0, 1)
            if state == 1:
                z[day, :, 1] -= 2.4 * ramp
            elif state == 2:
                z[day, :, 0] += 2.0 * ramp
                z[day, :, 4] -= 1.6 * ramp
            elif state == 3:
                z[day, :, 2] += 2.0 * ramp * (1 + 0.3 * rs.randn(HOURS))
                z[day, :, 3] -= 1.5 * ramp
        self.readings = (TYPICAL + SPREAD * z).astype(np.float32)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return torch.from_numpy(self.readings[i]), int(self.labels[i])


class BoilerLSTM(nn.Module):
    def __init__(self, units=32):
        super().__init__()
        self.norm = nn.BatchNorm1d(5)
        self.lstm = nn.LSTM(5, units, batch_first=True)
        self.out = nn.Linear(units, 4)

    def normalise(self, x):
        return self.norm(x.transpose(1, 2)).transpose(1, 2)

    def forward(self, x):
        seq, _ = self.lstm(self.normalise(x))
        return self.out(seq[:, -1])


class BoilerLSTM24(BoilerLSTM):
    def __init__(self, units=32):
        super().__init__(units)
        self.norm = nn.BatchNorm1d(HOURS)

    def normalise(self, x):
        return self.norm(x)
