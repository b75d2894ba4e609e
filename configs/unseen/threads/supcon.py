"""Classify gestures from a wrist sensor with cross entropy and a supervised contrastive loss side by side."""

import math
import random

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import TensorDataset


def gestures(n, seed, n_classes=8):
    rng = random.Random(seed)
    noise = torch.Generator().manual_seed(seed)
    t = torch.linspace(0, 1, 40)
    signals, labels = [], []
    for _ in range(n):
        k = rng.randrange(n_classes)
        phase, size = rng.uniform(0, 2 * math.pi), rng.uniform(0.7, 1.3)
        turns = 2 * math.pi * (1 + k // 2) * rng.uniform(0.93, 1.07) * t + phase
        way = 1 if k % 2 else -1  # clockwise or not
        signals.append(size * torch.stack([turns.cos(), way * turns.sin(), 0.3 * (2 * turns).sin()]))
        labels.append(k)
    signals = torch.stack(signals)
    return TensorDataset(signals + 0.25 * torch.randn(signals.shape, generator=noise), torch.tensor(labels))


class GestureNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv1d(3, 24, 5, padding=2), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(24, 32, 5), nn.ReLU()
        )
        self.projector = nn.Linear(32, 16)
        self.classifier = nn.Linear(32, 8)

    def forward(self, x):
        feature = self.conv(x).mean(dim=2)
        return self.classifier(feature), F.normalize(self.projector(feature), dim=1)


def sup_con(z, labels, temperature=0.2, floor=None):
    sim = z @ z.T / temperature
    myself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    mask = (labels[:, None] == labels[None, :]) & ~myself
    log_prob = sim - torch.logsumexp(sim.masked_fill(myself, -1e9), dim=1, keepdim=True)
    count = mask.sum(1)
    if floor is not None:
        count = count.clamp(min=floor)
    return -((mask * log_prob).sum(1) / count).mean()


def train_step(model, batch, loss, floor=None):
    x, y = batch
    logits, z = model(x)
    total = loss(logits, y) + 0.3 * sup_con(z, y, floor=floor)
    return {"loss": total, "outputs": logits, "targets": y}
