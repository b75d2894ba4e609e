"""An endless stream of sparse alarm codes, made as it is asked for; which of four machines is about to fail?"""

import torch
from torch import nn
from torch.utils.data import IterableDataset

CODES = 200
PROFILE = torch.rand(4, CODES, generator=torch.Generator().manual_seed(17)) ** 6


class Alarms(IterableDataset):
    def __init__(self, seed, length=None):
        self.seed, self.length = seed, length

    def __iter__(self):
        g = torch.Generator().manual_seed(self.seed)
        made = 0
        while self.length is None or made < self.length:
            machine = int(torch.randint(4, (1,), generator=g))
            counts = torch.poisson(0.35 * PROFILE[machine], generator=g)
            yield counts, machine
            made += 1


class Maxout(nn.Module):
    def __init__(self, inward, outward, pieces=3):
        super().__init__()
        self.outward, self.pieces = outward, pieces
        self.linear = nn.Linear(inward, outward * pieces)

    def forward(self, x):
        return self.linear(x).view(-1, self.outward, self.pieces).amax(2)


def build():
    return nn.Sequential(Maxout(CODES, 32), nn.Linear(32, 4))
