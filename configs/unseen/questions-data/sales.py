"""A day's sales of an article in a shop: two categories as embeddings, three numbers beside them."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

SHOPS = [
    "aachen",
    "bonn",
    "celle",
    "dessau",
    "emden",
    "fulda",
    "gera",
    "halle",
    "jena",
    "kiel",
    "lahr",
    "mainz",
]
ARTICLES = [f"article-{letter}{number}" for letter in "abcde" for number in range(5)]


def day_table(n, seed):
    town = np.random.default_rng(99)  # shops and articles are what they are on every day
    size, demand = town.normal(0, 0.7, len(SHOPS)), town.normal(0, 0.9, len(ARTICLES))
    promo_pull = town.uniform(0.1, 0.9, len(ARTICLES))
    rng = np.random.default_rng(seed)
    shop, article = rng.integers(len(SHOPS), size=n), rng.integers(len(ARTICLES), size=n)
    weekday, promo, temperature = rng.integers(7, size=n), rng.random(n) < 0.3, rng.normal(12, 8, n)
    log_sales = size[shop] + demand[article] + promo_pull[article] * promo + 0.25 * (weekday == 5)
    log_sales = log_sales + 0.02 * (temperature - 12) * np.sign(demand[article]) + rng.normal(0, 0.25, n)
    rows = [(SHOPS[s], ARTICLES[a]) for s, a in zip(shop, article, strict=True)]
    numbers = np.stack([weekday / 6, promo, (temperature - 12) / 8], axis=1)
    return rows, numbers, log_sales


def factorize(names):
    codes = {}
    return [codes.setdefault(name, len(codes)) for name in names]


class SalesFrame(Dataset):
    def __init__(self, n, seed, vocabulary=True):
        rows, numbers, self.y = day_table(n, seed)
        shops, articles = [row[0] for row in rows], [row[1] for row in rows]
        if vocabulary:
            self.cats = [[SHOPS.index(s), ARTICLES.index(a)] for s, a in zip(shops, articles, strict=True)]
        else:
            self.cats = list(zip(factorize(shops), factorize(articles), strict=True))
        self.numbers = numbers

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        row = torch.tensor([*self.cats[i], *self.numbers[i]], dtype=torch.float32)
        return row, torch.tensor([self.y[i]], dtype=torch.float32)


class EntityNet(nn.Module):
    def __init__(self, width=48):
        super().__init__()
        self.shop = nn.Embedding(len(SHOPS), 4)
        self.article = nn.Embedding(len(ARTICLES), 6)
        self.layers = nn.Sequential(nn.Linear(13, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        self.head = nn.Linear(width, 1)

    def forward(self, row):
        cats = row[:, :2].long()
        x = torch.cat([self.shop(cats[:, 0]), self.article(cats[:, 1]), row[:, 2:]], dim=1)
        return self.head(self.layers(x))
