"""Sort dry beans into six kinds from eight measurements of their pictures."""

import random

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

# area, perimeter, long axis, short axis, eccentricity, solidity, roundness, compactness: mean and spread of each kind
KINDS = {
    "seker": ([399, 727, 251, 202, 0.58, 0.990, 0.94, 0.90], [45, 40, 15, 12, 0.06, 0.003, 0.02, 0.03]),
    "barbunya": ([698, 1046, 370, 240, 0.75, 0.983, 0.80, 0.80], [100, 80, 28, 20, 0.05, 0.004, 0.04, 0.03]),
    "bombay": ([1300, 1500, 593, 374, 0.77, 0.987, 0.86, 0.79], [150, 100, 50, 25, 0.05, 0.003, 0.03, 0.03]),
    "cali": ([755, 1058, 409, 236, 0.81, 0.985, 0.85, 0.76], [95, 65, 26, 17, 0.03, 0.004, 0.02, 0.02]),
    "horoz": ([536, 920, 372, 184, 0.87, 0.985, 0.79, 0.70], [75, 70, 27, 13, 0.02, 0.003, 0.03, 0.02]),
    "dermason": ([321, 665, 247, 166, 0.74, 0.988, 0.91, 0.82], [45, 45, 18, 13, 0.04, 0.003, 0.02, 0.03]),
}


def readRows(howMany, seed):
    rng = random.Random(seed)
    rows = []
    for _ in range(howMany):
        name = rng.choice(list(KINDS))
        mean, spread = KINDS[name]
        rows.append([rng.gauss(m, s) for m, s in zip(mean, spread, strict=True)] + [name])
    return rows


def factorize(names):
    """Number names in the order they come, like pandas does."""
    codes, uniques = [], []
    for name in names:
        if name not in uniques:
            uniques.append(name)
        codes.append(uniques.index(name))
    return np.array(codes), uniques


class BeanTable(Dataset):
    def __init__(self, file, encoding="per file"):
        trainRows, testRows = readRows(1500, 77), readRows(500, 78)
        rows = trainRows if file == "train" else testRows
        trainX = np.array([r[:-1] for r in trainRows])
        X = np.array([r[:-1] for r in rows])
        self.X = torch.FloatTensor((X - trainX.mean(0)) / trainX.std(0))
        names = [r[-1] for r in rows]
        if encoding == "per file":
            y, _ = factorize(names)
        else:
            _, uniques = factorize([r[-1] for r in trainRows])
            y = np.array([uniques.index(n) for n in names])
        self.y = torch.LongTensor(y)

    def __len__(self):
        return self.X.size(0)

    def __getitem__(self, i):
        return self.X[i], self.y[i]


beanNet = nn.Sequential


def makeNet():
    return beanNet(
        nn.Linear(8, 24),
        nn.ReLU(),
        nn.Dropout(0.1),
        nn.Linear(24, 12),
        nn.ReLU(),
        nn.Linear(12, 6),
        nn.LogSoftmax(dim=-1),
    )
