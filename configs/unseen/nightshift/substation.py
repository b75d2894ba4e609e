"""Load of a substation: a causal convolutional network forecasts the next six hours from two days."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset


def load_curve(hours=24 * 7 * 18, seed=8):
    rng = np.random.default_rng(seed)
    t = np.arange(hours)
    day = np.sin(2 * np.pi * (t - 7) / 24) + 0.5 * np.sin(4 * np.pi * (t - 2) / 24)
    weekend = ((t // 24) % 7 >= 5).astype(float)
    weather = np.zeros(hours)
    for i in range(1, hours):
        weather[i] = 0.97 * weather[i - 1] + 0.12 * rng.standard_normal()
    return 40 + 9 * day * (1 - 0.5 * weekend) - 5 * weekend + 6 * weather + rng.normal(0, 0.8, hours)


class LoadDataset(Dataset):
    def __init__(self, split, past=48, ahead=6):
        curve = load_curve()
        border = 24 * 7 * 14
        curve = (curve - curve[:border].mean()) / curve[:border].std()
        self.curve = torch.tensor(curve[:border] if split == "train" else curve[border:], dtype=torch.float)
        self.past, self.ahead = past, ahead

    def __len__(self):
        return len(self.curve) - self.past - self.ahead

    def __getitem__(self, i):
        middle = i + self.past
        return self.curve[i:middle].unsqueeze(0), self.curve[middle : middle + self.ahead]


class CausalBlock(nn.Module):
    def __init__(self, c_in, c_out, dilation):
        super().__init__()
        self.pad = 2 * dilation
        self.conv = nn.Conv1d(c_in, c_out, 3, dilation=dilation)
        self.skip = nn.Conv1d(c_in, c_out, 1)

    def forward(self, x):
        return F.relu(self.conv(F.pad(x, (self.pad, 0)))) + self.skip(x)


class TCN(nn.Module):
    def __init__(self, ahead=6, channels=20):
        super().__init__()
        self.b1 = CausalBlock(1, channels, 1)
        self.b2 = CausalBlock(channels, channels, 2)
        self.b3 = CausalBlock(channels, channels, 4)
        self.b4 = CausalBlock(channels, channels, 8)
        self.out = nn.Linear(channels, ahead)

    def forward(self, x):
        x = self.b4(self.b3(self.b2(self.b1(x))))
        return self.out(x[:, :, -1])
