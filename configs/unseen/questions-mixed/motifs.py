"""Which protein binds here? DNA in one-hot letters, convolutions of several widths."""

import random

import torch
import torch.nn as nn
import torch.nn.functional as F

BASES = "ACGT"
MOTIFS = ["TGACTCA", "CACGTG", "GGGCGG", "TATAAAG", "CCAAT"]
LENGTH = 60


def sequence(rng, label):
    letters = [rng.choice(BASES) for _ in range(LENGTH)]
    motif = MOTIFS[label]
    start = rng.randrange(LENGTH - len(motif))
    letters[start : start + len(motif)] = motif
    return "".join(letters)


class DNA(torch.utils.data.Dataset):
    def __init__(self, n, seed):
        rng = random.Random(seed)
        self.y = [rng.randrange(5) for _ in range(n)]
        self.x = torch.zeros(n, 4, LENGTH)
        for i, label in enumerate(self.y):
            for j, base in enumerate(sequence(rng, label)):
                self.x[i, BASES.index(base), j] = 1

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class MotifCNN(nn.Module):
    def __init__(self, kernels=(5, 6, 7), filters=16):
        super().__init__()
        self.convs = [nn.Conv1d(4, filters, k) for k in kernels]
        self.hidden = nn.Linear(filters * len(kernels), 32)
        self.out = nn.Linear(32, 5)

    def forward(self, x):
        pooled = [F.relu(conv(x)).max(dim=2)[0] for conv in self.convs]
        x = torch.cat(pooled, 1)
        return self.out(F.relu(self.hidden(x)))


class MotifCNNFixed(MotifCNN):
    def __init__(self, kernels=(5, 6, 7), filters=16):
        super().__init__(kernels, filters)
        self.convs = nn.ModuleList(self.convs)
