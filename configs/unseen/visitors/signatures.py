"""Siamese net: were these two signatures written by the same hand? A signature is a curve of 64 points."""

import numpy as np
import torch
from torch import nn

T = 64


def write(rng, hand):
    """One signature [2, T] of a hand, given by amplitudes and phases of six harmonics."""
    amplitude, phase = hand
    t = np.linspace(0, 2 * np.pi, T) + rng.normal(0, 0.05)
    k = np.arange(1, 7)[:, None]
    a = amplitude * (1 + rng.normal(0, 0.12, amplitude.shape))
    xy = (a[..., None] * np.sin(k * t + (phase + rng.normal(0, 0.12, phase.shape))[..., None])).sum(1)
    return (xy * rng.uniform(0.85, 1.15) + rng.normal(0, 0.03, xy.shape)).astype(np.float32)


def new_hand(rng):
    return rng.normal(0, 0.6, (2, 6)), rng.uniform(0, 2 * np.pi, (2, 6))


class SignaturePairs(torch.utils.data.Dataset):
    """Every pair has writers of its own; half of the pairs are by one hand."""

    def __init__(self, pairs, seed):
        rng = np.random.default_rng(seed)
        self.items = []
        for i in range(pairs):
            one = new_hand(rng)
            second = one if i % 2 else new_hand(rng)
            self.items.append((write(rng, one), write(rng, second), float(i % 2)))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        first, second, same = self.items[i]
        return {"first": first, "second": second, "same": np.float32(same)}


class SiameseNet(nn.Module):
    def __init__(self, emb_dim=32):
        super().__init__()
        self.tower = nn.Sequential(
            nn.Conv1d(2, 16, 5, stride=2, padding=2),
            nn.BatchNorm1d(16),
            nn.ReLU(),
            nn.Conv1d(16, 32, 5, stride=2, padding=2),
            nn.BatchNorm1d(32),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(32 * 16, emb_dim),
        )
        self.verdict = nn.Linear(emb_dim, 1)

    def forward(self, first, second):
        return self.verdict((self.tower(first) - self.tower(second)).abs())


def pair_step(model, batch, loss):
    logits = model(batch["first"], batch["second"]).squeeze(1)
    return {"loss": loss(logits, batch["same"]), "outputs": logits, "targets": batch["same"]}
