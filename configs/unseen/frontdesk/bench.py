"""Test-bench windows of a pump: three accelerometers, four states of the machine."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset

STATES = ["ok", "unbalance", "bearing", "cavitation"]


def measure(rng, state):
    t = np.arange(96) / 96.0
    speed = rng.uniform(5, 7)
    phase = rng.uniform(0, 2 * np.pi)
    x = 0.5 * np.sin(2 * np.pi * speed * t + phase)
    window = np.stack([x, 0.4 * np.roll(x, 3), 0.2 * x])
    if state == 1:
        window[:2] *= 2.2
    elif state == 2:
        hits = (np.arange(96) + rng.integers(0, 12)) % 12 == 0
        window[2] += 2.0 * np.convolve(hits, [1, -0.6, 0.3], mode="same")
    elif state == 3:
        window += rng.normal(0, 0.6, window.shape)
    return window + rng.normal(0, 0.15, window.shape)


def record(n, seed):
    rng = np.random.default_rng(seed)
    plan = rng.integers(0, 4, n)  # the test plan is in random order
    windows = np.stack([measure(rng, s) for s in plan])
    lost = rng.random(n) < 0.05  # the radio link drops out
    windows[lost, :, 40:70] = np.nan
    return windows.astype(np.float32), plan


def load_bench(n, seed):
    windows, plan = record(n, seed)
    ok = ~np.isnan(windows).any(axis=(1, 2))
    windows = windows[ok]
    labels = plan[: len(windows)]
    return TensorDataset(torch.from_numpy(windows), torch.from_numpy(labels))


def load_bench_clean(n, seed):
    windows, plan = record(n, seed)
    ok = ~np.isnan(windows).any(axis=(1, 2))
    return TensorDataset(torch.from_numpy(windows[ok]), torch.from_numpy(plan[ok]))


class PumpNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv1d(3, 16, 7, padding=3),
            nn.BatchNorm1d(16),
            nn.ReLU(),
            nn.MaxPool1d(2),
            nn.Conv1d(16, 32, 5, padding=2),
            nn.BatchNorm1d(32),
            nn.ReLU(),
            nn.AdaptiveAvgPool1d(1),
            nn.Flatten(),
        )
        self.classifier = nn.Linear(32, len(STATES))

    def forward(self, x):
        return self.classifier(self.net(x))
