"""Click-through rate of banner ads: an impression log with ids and a few numbers, wide & deep on embeddings."""

from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

FIELDS = {"site": 150, "banner": 90, "segment": 40, "device": 5, "hour": 24}
DENSE = ("price", "days_since_visit", "history_ctr")


def impressions(rows, seed, base=-2.6):
    """Draw impressions and whether each was clicked; the taste of the world is the same for every seed."""
    world = np.random.default_rng(7)
    site_kind, banner_topic = world.integers(4, size=150), world.integers(4, size=90)
    fits = 1.3 * np.array([[1, -1, 1, -1], [-1, 1, 1, -1], [1, 1, -1, -1], [-1, -1, 1, 1]])
    likes = world.normal(0, 0.7, (40, 4))
    appeal = world.normal(0, 0.5, 90)
    evening = world.choice([-0.9, 0.9], 5)

    rng = np.random.default_rng(seed)
    popular = [1 / np.arange(3, n + 3) ** 0.8 for n in FIELDS.values()]
    columns = [rng.choice(n, rows, p=p / p.sum()) for n, p in zip(FIELDS.values(), popular, strict=True)]
    columns[4] = rng.integers(24, size=rows)
    site, banner, segment, device, hour = columns
    price = rng.lognormal(3.0, 0.6, rows)
    days = rng.exponential(6.0, rows)
    history = rng.beta(2, 18, rows)

    topic = banner_topic[banner]
    score = base + fits[site_kind[site], topic] + likes[segment, topic] + appeal[banner]
    score += np.where(hour >= 17, evening[device], -evening[device])
    score += 0.8 - 1.2 * (np.log(price) - 3.0) ** 2 / 0.36 * 0.5 - 0.04 * days + 6 * (history - 0.1)
    clicks = rng.random(rows) < 1 / (1 + np.exp(-1.3 * score))
    dense = np.stack([np.log(price) - 3.0, np.log1p(days) - 1.6, 10 * (history - 0.1)], 1)
    return np.stack(columns, 1), dense, clicks


class ClickLog(Dataset):
    """The log as it is exported: the file of clicked impressions, then the file of those that were not."""

    classes = ("skipped", "clicked")

    def __init__(self, split, rows=12_000, base=-2.6, flipped=0.0):
        train = split == "train"
        ids, dense, clicks = impressions(rows if train else 4_000, 1 if train else 2, base)
        if train and flipped:
            wrong = np.random.default_rng(3).random(len(clicks)) < flipped
            clicks = clicks ^ wrong
        order = np.argsort(~clicks, kind="stable")
        self.sparse = torch.from_numpy(ids[order]).long()
        self.dense = torch.from_numpy(dense[order]).float()
        self.clicks = torch.from_numpy(clicks[order]).float()

    def __len__(self):
        return len(self.clicks)

    def __getitem__(self, index):
        return {"sparse": self.sparse[index], "dense": self.dense[index]}, self.clicks[index]


def tower(sizes, activation=nn.ReLU, dropout=0.1):
    layers = []
    for n_in, n_out in pairwise(sizes):
        layers += [nn.Linear(n_in, n_out), activation(), nn.Dropout(dropout)]
    return nn.Sequential(*layers)


class WideAndDeep(nn.Module):
    def __init__(self, dim=8, hidden=(64, 32), dropout=0.1):
        super().__init__()
        self.embeddings = nn.ModuleList(nn.Embedding(n, dim) for n in FIELDS.values())
        self.wide = nn.ModuleList(nn.Embedding(n, 1) for n in FIELDS.values())
        for weight in self.wide.parameters():
            nn.init.zeros_(weight)
        self.norm = nn.BatchNorm1d(len(DENSE))
        width = dim * len(FIELDS) + len(DENSE)
        self.deep = tower([width, *hidden], dropout=dropout)
        self.head = nn.Linear(hidden[-1] + 1, 1)

    def embed(self, sparse):
        return torch.cat([table(sparse[:, i]) for i, table in enumerate(self.embeddings)], 1)

    def memorised(self, sparse):
        return sum(table(sparse[:, i]) for i, table in enumerate(self.wide))

    def forward(self, x):
        sparse, dense = x["sparse"], self.norm(x["dense"])
        deep = self.deep(torch.cat([self.embed(sparse), dense], 1))
        return self.head(torch.cat([self.memorised(sparse), deep], 1)).squeeze(1)


class FieldLists(nn.Module):
    """Wide & deep with the tables of each column kept side by side."""

    def __init__(self, dim=8):
        super().__init__()
        self.tables = []
        for n in FIELDS.values():
            deep, wide = nn.Embedding(n, dim), nn.Embedding(n, 1)
            nn.init.zeros_(wide.weight)
            self.tables.append((deep, wide))
        self.norm = nn.BatchNorm1d(len(DENSE))
        self.deep = tower([dim * len(FIELDS) + len(DENSE), 64, 32])
        self.head = nn.Linear(33, 1)

    def forward(self, x):
        parts, wide = [self.norm(x["dense"])], 0
        for column, (deep, linear) in zip(x["sparse"].T, self.tables, strict=True):
            parts.append(deep(column))
            wide = wide + linear(column)
        return self.head(torch.cat([wide, self.deep(torch.cat(parts, 1))], 1)).squeeze(1)


class CrossedPairs(WideAndDeep):
    """Adds the products of every two columns' embeddings, as in a factorisation machine."""

    def __init__(self, dim=8):
        super().__init__(dim)
        pairs = len(FIELDS) * (len(FIELDS) - 1) // 2
        self.deep = tower([pairs * dim + len(DENSE), 64, 32])

    def embed(self, sparse):
        fields = np.stack([t(sparse[:, i]).detach().numpy() for i, t in enumerate(self.embeddings)], 1)
        first, second = np.triu_indices(len(FIELDS), 1)
        return torch.from_numpy(fields[:, first] * fields[:, second]).flatten(1)


class TowerHead(WideAndDeep):
    """The last layer comes from the same function as all others."""

    def __init__(self):
        super().__init__()
        self.head = tower([33, 1], dropout=0.0)


class LongTower(WideAndDeep):
    def __init__(self, activation="ReLU", depth=5, width=48):
        super().__init__()
        n_in = self.deep[0].in_features
        self.deep = tower([n_in, *[width] * depth, 32], activation=getattr(nn, activation), dropout=0.0)


class SlimTower(WideAndDeep):
    def __init__(self):
        super().__init__()
        self.deep = nn.Sequential(
            nn.Linear(self.deep[0].in_features, 64),
            nn.Dropout(0.1),
            nn.Linear(64, 48),
            nn.Dropout(0.1),
            nn.Linear(48, 32),
        )


class AttentiveFields(nn.Module):
    """Every column is a token; attention weighs their pairwise products."""

    def __init__(self, dim=12):
        super().__init__()
        self.embeddings = nn.ModuleList(nn.Embedding(n, dim) for n in FIELDS.values())
        for weight in self.embeddings.parameters():
            nn.init.normal_(weight, std=0.3)  # products of unit normals are too loud
        self.dense = nn.Linear(len(DENSE), dim)
        self.attention = nn.Sequential(nn.Linear(dim, 16), nn.Tanh(), nn.Linear(16, 1))
        self.out = nn.Sequential(nn.Linear(2 * dim + len(DENSE), 48), nn.ReLU(), nn.Linear(48, 1))

    def forward(self, x):
        tokens = [table(x["sparse"][:, i]) for i, table in enumerate(self.embeddings)]
        fields = torch.stack([*tokens, self.dense(x["dense"])], 1)  # [B, F, D]
        first, second = torch.triu_indices(fields.shape[1], fields.shape[1], 1)
        pairs = fields[:, first] * fields[:, second]
        weights = self.attention(pairs).softmax(1)
        pooled = torch.cat([(weights * pairs).sum(1), fields.sum(1), x["dense"]], 1)
        return self.out(pooled).squeeze(1)


class AUC:
    """Area under the ROC curve by ranks; takes logits, since ranks are all that counts."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.scores, self.labels = [], []

    def update(self, outputs, targets):
        self.scores.append(outputs.detach().flatten().cpu())
        self.labels.append(targets.detach().flatten().cpu() > 0.5)

    def compute(self):
        scores, positive = torch.cat(self.scores).double(), torch.cat(self.labels)
        _, inverse, counts = scores.unique(return_inverse=True, return_counts=True)
        ranks = (counts.cumsum(0) - (counts - 1) / 2)[inverse]
        n_pos = int(positive.sum())
        n_neg = len(positive) - n_pos
        if not n_pos or not n_neg:
            return float("nan")
        return float((ranks[positive].sum() - n_pos * (n_pos + 1) / 2) / (n_pos * n_neg))
