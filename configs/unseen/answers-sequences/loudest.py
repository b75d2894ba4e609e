"""Several calls in a recording; what counts is the loudest of them. GRU with additive attention."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset

CALLS = np.random.RandomState(4).normal(0, 1, (5, 8))


class Recordings(Dataset):
    def __init__(self, n, seed, frames=48):
        rng = np.random.RandomState(seed)
        self.x = rng.normal(0, 0.25, (n, frames, 9)).astype("float32")
        self.y = np.zeros(n, dtype="int64")
        for i in range(n):
            spots = rng.permutation(frames // 4)[:4] * 4
            loudness = rng.permutation([0.35, 0.55, 0.75, 1.0]) + rng.uniform(-0.04, 0.04, 4)
            kinds = rng.randint(0, 5, 4)
            for spot, loud, kind in zip(spots, loudness, kinds, strict=True):
                self.x[i, spot : spot + 3, :8] += CALLS[kind]
                self.x[i, spot : spot + 3, 8] += 2 * loud
            self.y[i] = kinds[loudness.argmax()]

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return torch.from_numpy(self.x[i]), int(self.y[i])


class Attention(nn.Module):
    def __init__(self, hidden, axis):
        super().__init__()
        self.W = nn.Linear(hidden, hidden)
        self.v = nn.Linear(hidden, 1, bias=False)
        self.axis = axis

    def forward(self, states):
        energy = self.v(torch.tanh(self.W(states)))
        weights = F.softmax(energy, dim=self.axis)
        return (weights * states).sum(dim=1)


class CallNet(nn.Module):
    def __init__(self, hidden=32, axis=1):
        super().__init__()
        self.encoder = nn.GRU(9, hidden, batch_first=True)
        self.attention = Attention(hidden, axis)
        self.classifier = nn.Linear(hidden, 5)

    def forward(self, x):
        states, _ = self.encoder(x)
        return self.classifier(self.attention(states))
