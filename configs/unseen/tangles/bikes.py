"""How many bikes are out at a given hour, from the calendar and the weather."""

import numpy as np
import torch
from torch.utils.data import Dataset


class BikeHours(Dataset):
    """Rows of eight numbers: hour as a circle, season as a circle, temperature, wind, rain, weekend."""

    def __init__(self, rows, random_state):
        rng = np.random.RandomState(random_state)
        hour = rng.randint(0, 24, rows)
        day = rng.randint(0, 365, rows)
        weekend = (day % 7 >= 5).astype(float)
        warmth = -np.cos(2 * np.pi * day / 365)
        temp = 12 + 10 * warmth + 4 * np.sin(2 * np.pi * (hour - 9) / 24) + 3 * rng.randn(rows)
        wind = rng.gamma(2.0, 2.0, rows)
        rain = (rng.rand(rows) < 0.25).astype(float)
        commute = np.exp(-((hour - 8) ** 2) / 6) + np.exp(-((hour - 17) ** 2) / 8)
        leisure = np.exp(-((hour - 14) ** 2) / 24)
        demand = (1 - weekend) * 2.2 * commute + (0.4 + 1.3 * weekend) * leisure
        bikes = demand * (0.5 + 0.03 * temp) * (1 - 0.6 * rain) - 0.04 * wind + 0.08 * rng.randn(rows)
        columns = [
            np.sin(2 * np.pi * hour / 24),
            np.cos(2 * np.pi * hour / 24),
            np.sin(2 * np.pi * day / 365),
            np.cos(2 * np.pi * day / 365),
            (temp - 12) / 9,
            (wind - 4) / 2.8,
            rain,
            weekend,
        ]
        self.X = torch.from_numpy(np.stack(columns, axis=1)).float()
        self.y = torch.from_numpy((bikes - 0.62) / 0.62).float()

    def __len__(self):
        return len(self.X)

    def __getitem__(self, idx):
        return self.X[idx], self.y[idx]


class Regressor(torch.nn.Module):
    def __init__(self, n_hidden1=64, n_hidden2=32):
        super().__init__()
        self.hidden1 = torch.nn.Linear(8, n_hidden1)
        self.hidden2 = torch.nn.Linear(n_hidden1, n_hidden2)
        self.predict = torch.nn.Linear(n_hidden2, 1)

    def forward(self, x):
        x = torch.tanh(self.hidden1(x))
        x = torch.relu(self.hidden2(x))
        return self.predict(x)


class FlatRegressor(Regressor):
    def forward(self, x):
        return super().forward(x).squeeze(1)
