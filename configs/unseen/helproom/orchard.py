"""Name the apple variety from a table: weight, width, sugar, acid, firmness and two yes/no columns."""

import random

import torch
from torch import nn
from torch.utils.data import Dataset

VARIETIES = {
    "Boskoop": (210, 84, 12.5, 11.0, 8.2, 0.1, 0.8),
    "Elstar": (150, 72, 13.5, 7.0, 6.4, 0.8, 0.2),
    "Gala": (145, 70, 12.8, 4.0, 7.4, 0.9, 0.1),
    "Idared": (190, 80, 11.2, 6.8, 7.0, 0.7, 0.1),
    "Jonagold": (220, 86, 14.0, 6.0, 6.2, 0.6, 0.3),
    "Topaz": (160, 73, 13.2, 9.6, 7.6, 0.7, 0.2),
}
SPREAD = (16, 3.5, 0.6, 0.9, 0.5)
MEAN = torch.tensor([180.0, 77.0, 12.9, 7.4, 7.1, 0.6, 0.3])
STD = torch.tensor([34.0, 7.0, 1.1, 2.5, 0.9, 0.5, 0.5])


def read_table(rows, seed):
    rng = random.Random(seed)
    table = []
    for _ in range(rows):
        name = rng.choice(sorted(VARIETIES))
        ideal = VARIETIES[name]
        numbers = [rng.gauss(m, s) for m, s in zip(ideal[:5], SPREAD, strict=True)]
        table.append((numbers + [float(rng.random() < p) for p in ideal[5:]], name))
    return table


def factorize(names, in_order=False):
    """Codes of the names, and the names by code."""
    uniques = sorted(set(names)) if in_order else list(dict.fromkeys(names))
    return [uniques.index(n) for n in names], uniques


class AppleTable(Dataset):
    def __init__(self, rows, seed, sort=False):
        table = read_table(rows, seed)
        self.features = (torch.tensor([r for r, _ in table]) - MEAN) / STD
        codes, self.varieties = factorize([n for _, n in table], in_order=sort)
        self.codes = torch.tensor(codes)

    def __len__(self):
        return len(self.codes)

    def __getitem__(self, row):
        return self.features[row], self.codes[row]


class TabNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(7)
        self.lin1 = nn.Linear(7, 32)
        self.lin2 = nn.Linear(32, 6)

    def forward(self, x):
        return self.lin2(nn.functional.gelu(self.lin1(self.bn(x))))
