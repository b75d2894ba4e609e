"""Guess the stars that members of a film club give, by matrix factorisation."""

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import TensorDataset

N_MEMBERS, N_FILMS, N_RATINGS = 250, 160, 13000


def load_ratings(part):
    rng = np.random.RandomState(11)
    taste, style = rng.randn(N_MEMBERS, 3), rng.randn(N_FILMS, 3)
    kind, good = 0.35 * rng.randn(N_MEMBERS), 0.45 * rng.randn(N_FILMS)
    pairs = rng.permutation(N_MEMBERS * N_FILMS)[:N_RATINGS]
    member, film = pairs // N_FILMS, pairs % N_FILMS
    stars = 3.2 + kind[member] + good[film] + 0.45 * (taste[member] * style[film]).sum(1)
    stars = np.clip(np.round(2 * (stars + 0.2 * rng.randn(N_RATINGS))) / 2, 0.5, 5.0)
    rows = slice(0, 11000) if part == "train" else slice(11000, None)
    who_what = np.stack([member, film], 1)[rows]
    return TensorDataset(torch.LongTensor(who_what), torch.FloatTensor(stars[rows]))


class RecommenderNet(nn.Module):
    def __init__(self, n_factors=10, spread=None):
        super().__init__()
        self.member = nn.Embedding(N_MEMBERS, n_factors)
        self.film = nn.Embedding(N_FILMS, n_factors)
        self.member_bias = nn.Embedding(N_MEMBERS, 1)
        self.film_bias = nn.Embedding(N_FILMS, 1)
        self.mean = nn.Parameter(torch.tensor(3.2))
        if spread is not None:
            for table in (self.member, self.film, self.member_bias, self.film_bias):
                nn.init.uniform_(table.weight, -spread, spread)

    def forward(self, pairs):
        m, f = pairs[:, 0], pairs[:, 1]
        match = (self.member(m) * self.film(f)).sum(dim=1, keepdim=True)
        return (self.mean + match + self.member_bias(m) + self.film_bias(f)).squeeze(1)
