"""First task in the shop's warehouse team: the weight of a parcel from the set of articles in it."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

ARTICLES, SHELVES, MOST = 60, 6, 10
CATALOGUE = np.random.default_rng(77)
GRAMS = CATALOGUE.lognormal(6.2, 0.8, ARTICLES)
SHELF = CATALOGUE.integers(0, SHELVES, ARTICLES)
PADDING = np.array([0.0, 30.0, 60.0, 15.0, 200.0, 90.0])  # packing stuff for what lies on that shelf


class Parcels(Dataset):
    def __init__(self, n, seed, unit="g"):
        rng = np.random.default_rng(seed)
        self.rows = []
        for _ in range(n):
            chosen = rng.choice(ARTICLES, size=rng.integers(1, MOST + 1), replace=False)
            count = rng.integers(1, 4, len(chosen))
            grams = 120 + (count * (GRAMS[chosen] + PADDING[SHELF[chosen]])).sum() * rng.normal(1, 0.02)
            article, amount = np.zeros(MOST, dtype=int), np.zeros(MOST)
            article[: len(chosen)] = chosen
            amount[: len(chosen)] = count
            order = rng.permutation(MOST)  # a set has no order
            y = grams if unit == "g" else (grams - 8000) / 5000
            self.rows.append((article[order], amount[order], y))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        article, amount, y = self.rows[i]
        x = torch.stack([torch.tensor(article).float(), torch.tensor(amount).float()], dim=1)
        return x, torch.tensor([y], dtype=torch.float32)


class ParcelWeight(nn.Module):
    def __init__(self, module_dict=False):
        super().__init__()
        self.tables = {"article": nn.Embedding(ARTICLES, 5), "shelf": nn.Embedding(SHELVES, 3)}
        if module_dict:
            self.tables = nn.ModuleDict(self.tables)
        self.register_buffer("shelf", torch.tensor(SHELF))
        self.rho = nn.Sequential(nn.Linear(8, 32), nn.SiLU(), nn.Linear(32, 1))

    def forward(self, x):
        article, amount = x[..., 0].long(), x[..., 1:]
        vectors = [self.tables["article"](article), self.tables["shelf"](self.shelf[article])]
        together = (torch.cat(vectors, dim=-1) * amount).sum(dim=1)
        return self.rho(together)
