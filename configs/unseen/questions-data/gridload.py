"""Tomorrow's first hours of a power grid from a day of six channels."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

CHANNELS, PAST, AHEAD = 6, 24, 3


def history(days=520):
    rng = np.random.default_rng(8)
    t = np.arange(days * 24)
    hour = 2 * np.pi * t / 24
    noise = rng.normal(0, 1, (CHANNELS, len(t)))
    weather = np.zeros((2, len(t)))
    for k in range(1, len(t)):
        weather[:, k] = 0.96 * weather[:, k - 1] + 0.28 * noise[:2, k]
    load = np.zeros(len(t))
    for k in range(2, len(t)):
        push = 0.5 * weather[0, k - 2] * np.maximum(weather[1, k - 1], 0) + 0.5 * np.sin(hour[k])
        load[k] = 0.8 * load[k - 1] + push + 0.08 * noise[2, k]
    price = 0.6 * load + 0.5 * noise[3]
    series = np.stack([load, weather[0], weather[1], np.sin(hour), np.cos(hour), price])
    return (series - series.mean(1, keepdims=True)) / series.std(1, keepdims=True)


class Windows(Dataset):
    def __init__(self, split, stride=3, fold="transpose"):
        series = history()
        cut = int(0.75 * series.shape[1])
        part = series[:, :cut] if split == "train" else series[:, cut:]
        starts = range(0, part.shape[1] - PAST - AHEAD, stride)
        x = torch.from_numpy(np.stack([part[:, s : s + PAST] for s in starts])).float()
        self.y = torch.from_numpy(np.stack([part[0, s + PAST : s + PAST + AHEAD] for s in starts])).float()
        # the GRU wants [time, channels]
        self.x = x.transpose(1, 2) if fold == "transpose" else x.reshape(-1, PAST, CHANNELS)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class LoadGRU(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(CHANNELS, 32, batch_first=True)
        self.linear = nn.Linear(32, AHEAD)

    def forward(self, x):
        _, h = self.gru(x)
        return self.linear(h[-1])
