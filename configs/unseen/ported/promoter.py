"""Does a strand of sixty bases hold the promoter's motif? One-hot letters, Conv1d."""

import random

import torch
from torch import nn
from torch.utils.data import Dataset

BASES = "ACGT"
MOTIF = "TATAAT"


def strand(rng, has_motif):
    s = [rng.choice(BASES) for _ in range(60)]
    if has_motif:
        at = rng.randrange(60 - len(MOTIF))
        for k, base in enumerate(MOTIF):
            if rng.random() < 0.97:
                s[at + k] = base
    return "".join(s)


class Strands(Dataset):
    classes = ("none", "promoter")

    def __init__(self, n, seed):
        rng = random.Random(seed)
        self.data = []
        for i in range(n):
            s = strand(rng, i % 2 == 1)
            one_hot = torch.zeros(4, 60)
            one_hot[[BASES.index(base) for base in s], range(60)] = 1.0
            self.data.append((one_hot, torch.tensor(float(i % 2))))

    def __len__(self):
        return len(self.data)

    def __getitem__(self, i):
        return self.data[i]


class PromoterCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(4, 24, 8, padding=3)
        self.dense1 = nn.Linear(24, 16)
        self.dense2 = nn.Linear(16, 1)

    def forward(self, x):
        x = torch.relu(self.conv(x)).amax(dim=2)
        x = torch.relu(self.dense1(x))
        return self.dense2(x).squeeze(1)
