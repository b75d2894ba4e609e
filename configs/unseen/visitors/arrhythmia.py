"""Find the rare arrhythmia: one strip in 12 is ill; pos_weight in the loss, area under the ROC curve as the score."""

import numpy as np
import torch
from torch import nn


def strip(rng, ill, n=160):
    """An ECG-like strip [1, n] at 40 Hz; the ill one has an early and somewhat wide beat."""
    t = np.arange(n) / 40.0
    rate = rng.uniform(0.7, 1.0)
    beats = np.arange(rng.uniform(0, rate), 4.2, rate) + rng.normal(0, 0.02)
    wide = np.full(len(beats), 0.03)
    height = np.ones(len(beats))
    if ill:
        k = rng.integers(1, max(2, len(beats) - 1))
        beats[k] -= 0.22 * rate
        wide[k] = 0.06
        height[k] = rng.uniform(0.7, 1.3)
    y = np.zeros(n)
    for b, w, h in zip(beats, wide, height, strict=True):
        y += h * np.exp(-0.5 * ((t - b) / w) ** 2) + 0.2 * np.exp(-0.5 * ((t - b - 0.28) / 0.07) ** 2)
    y += 0.15 * np.sin(2 * np.pi * rng.uniform(0.1, 0.3) * t + rng.uniform(0, 6))
    return (y + rng.normal(0, 0.15, n)).astype(np.float32)[None]


class Strips(torch.utils.data.Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.y = (rng.random(n) < 1 / 12).astype(np.float32)
        self.x = [strip(rng, label > 0) for label in self.y]

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return torch.from_numpy(self.x[i]), torch.tensor([self.y[i]])


class ECGNet(nn.Module):
    def __init__(self):
        super().__init__()

        def conv(i, o, k):
            return nn.Sequential(
                nn.Conv1d(i, o, k, padding=k // 2), nn.BatchNorm1d(o), nn.ReLU(), nn.MaxPool1d(2)
            )

        self.features = nn.Sequential(conv(1, 12, 9), conv(12, 24, 7), conv(24, 32, 5))
        self.fc = nn.Linear(32, 1)

    def forward(self, x):
        return self.fc(self.features(x).amax(-1))


class PosWeightBCE(nn.BCEWithLogitsLoss):
    def __init__(self, pos_weight):
        super().__init__(pos_weight=torch.tensor([float(pos_weight)]))


class AUC:
    def __init__(self):
        self.reset()

    def reset(self):
        self.scores, self.labels = [], []

    def update(self, logits, targets):
        self.scores.append(logits.detach().flatten().cpu())
        self.labels.append(targets.detach().flatten().cpu())

    def compute(self):
        s, y = torch.cat(self.scores), torch.cat(self.labels) > 0.5
        rank = s.argsort().argsort().double() + 1
        pos, neg = int(y.sum()), int((~y).sum())
        return torch.as_tensor((rank[y].sum() - pos * (pos + 1) / 2) / max(pos * neg, 1))
