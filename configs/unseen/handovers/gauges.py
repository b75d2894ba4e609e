"""Blocked rain gauges among sound ones, from a day's twelve numbers."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset


class Gauges(Dataset):
    def __init__(self, n, seed, share=0.12):
        rng = np.random.default_rng(seed)
        blocked = rng.random(n) < share
        rain = rng.gamma(0.6, 1.0, (n, 6))
        near = rain * rng.uniform(0.5, 1.5, (n, 6)) + rng.normal(0, 0.15, (n, 6))
        smeared = np.cumsum(rain, 1) * 0.12
        rain = np.where(blocked[:, None], smeared, rain) + rng.normal(0, 0.03, (n, 6))
        table = np.concatenate([np.log1p(rain.clip(0)), np.log1p(near.clip(0))], 1)
        self.x = ((table - 0.4) / 0.4).astype(np.float32)
        self.y = blocked.astype(np.float32)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return torch.from_numpy(self.x[i]), torch.tensor([self.y[i]])


def gauge_net():
    return nn.Sequential(nn.Linear(12, 48), nn.ELU(), nn.Linear(48, 48), nn.ELU(), nn.Linear(48, 1))


class KerasF1:
    """The f1() of the old script."""

    def __init__(self):
        self.values = []

    def reset(self):
        self.values = []

    def to(self, device):
        return self

    def update(self, outputs, targets):
        said, true = outputs > 0, targets > 0.5
        hits = (said & true).sum().item()
        precision = hits / (said.sum().item() + 1e-7)
        recall = hits / (true.sum().item() + 1e-7)
        self.values.append(2 * precision * recall / (precision + recall + 1e-7))

    def compute(self):
        return sum(self.values) / len(self.values)


class F1(KerasF1):
    def reset(self):
        self.pairs = []

    def update(self, outputs, targets):
        self.pairs.append((outputs > 0, targets > 0.5))

    def __init__(self):
        self.reset()

    def compute(self):
        said = torch.cat([pair[0] for pair in self.pairs])
        true = torch.cat([pair[1] for pair in self.pairs])
        return 2 * (said & true).sum().item() / max(1, (said.sum() + true.sum()).item())
