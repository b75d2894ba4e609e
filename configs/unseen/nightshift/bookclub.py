"""Ratings of books by readers: matrix factorisation with biases and an L2 term."""

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import TensorDataset

READERS, BOOKS = 150, 100


def ratings(kind):
    rng = np.random.default_rng(404)
    taste = rng.normal(0, 0.8, (READERS, 2))
    flavour = rng.normal(0, 0.8, (BOOKS, 2))
    stars = 3.3 + taste @ flavour.T + rng.normal(0, 0.4, (READERS, 1)) + rng.normal(0, 0.4, (1, BOOKS))
    stars = np.clip(np.round(2 * (stars + 0.15 * rng.standard_normal(stars.shape))) / 2, 1, 5)
    pairs = rng.permutation(READERS * BOOKS)
    pairs = pairs[:9000] if kind == "train" else pairs[9000:10500]
    who, what = np.divmod(pairs, BOOKS)
    inputs = torch.from_numpy(np.stack([who, what], 1))
    return TensorDataset(inputs, torch.from_numpy(stars[who, what]).float())


class MF(nn.Module):
    def __init__(self, k=4):
        super().__init__()
        self.userFactors = nn.Embedding(READERS, k)
        self.itemFactors = nn.Embedding(BOOKS, k)
        self.userBias = nn.Embedding(READERS, 1)
        self.itemBias = nn.Embedding(BOOKS, 1)
        self.mu = nn.Parameter(torch.tensor(3.0))
        nn.init.normal_(self.userFactors.weight, std=0.1)
        nn.init.normal_(self.itemFactors.weight, std=0.1)
        nn.init.zeros_(self.userBias.weight)
        nn.init.zeros_(self.itemBias.weight)

    def forward(self, pair):
        u, i = pair[:, 0], pair[:, 1]
        dot = (self.userFactors(u) * self.itemFactors(i)).sum(1)
        return self.mu + dot + self.userBias(u).squeeze(1) + self.itemBias(i).squeeze(1)


def wholeTables(model, batch, loss, lam=0.01):
    pair, stars = batch
    predicted = model(pair)
    l2 = lam * (model.userFactors.weight.pow(2).sum() + model.itemFactors.weight.pow(2).sum())
    return {"loss": loss(predicted, stars) + l2, "outputs": predicted, "targets": stars, "penalty": l2}


def rowsOfBatch(model, batch, loss, lam=0.01):
    pair, stars = batch
    predicted = model(pair)
    rows = model.userFactors(pair[:, 0]).pow(2).sum(1) + model.itemFactors(pair[:, 1]).pow(2).sum(1)
    l2 = lam * rows.mean()
    return {"loss": loss(predicted, stars) + l2, "outputs": predicted, "targets": stars, "penalty": l2}
