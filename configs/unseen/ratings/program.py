"""Movie ratings: user and item factors with biases, and an MLP that knows age, hour, genres and year as well."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

USERS, ITEMS, GENRES = 320, 180, 6
LOW, HIGH = 0.5, 5.0


def ratings_table(count=24000, seed=11):
    """Return user [N], item [N], side [N, 9] (age, year, hour, genre flags, in their own units) and stars [N], 0.5 to 5."""
    rng = np.random.default_rng(seed)
    age = rng.integers(16, 75, USERS)
    year = rng.integers(1955, 2020, ITEMS)
    genres = (rng.random((ITEMS, GENRES)) < 0.3).astype(float)
    user_taste, item_style = rng.normal(0, 0.42, (USERS, 4)), rng.normal(0, 0.8, (ITEMS, 4))
    user_mood, item_worth = rng.normal(0, 0.35, USERS), rng.normal(0, 0.35, ITEMS)
    seen = rng.permutation(USERS * ITEMS)[:count]  # nobody rates a film twice
    user, item = seen // ITEMS, seen % ITEMS
    hour = rng.integers(0, 24, count)
    stars = 3.3 + user_mood[user] + item_worth[item] + (user_taste[user] * item_style[item]).sum(1)
    young = np.clip((year[item] - 1940) / 1.0 - (75 - age[user]), -40, 40) / 40  # films of one's own youth
    stars += 0.7 - 1.2 * np.abs(young)
    stars += 0.45 * genres[item, 0] * np.where((hour >= 21) | (hour < 4), 1.0, -1.0)  # horror at night
    stars += 0.5 * genres[item, 1] * np.cos(hour / 24 * 2 * np.pi)
    stars = stars + rng.normal(0, 0.3, count)
    side = np.column_stack([age[user], year[item], hour, genres[item]])
    return user, item, side, np.clip(np.round(stars * 2) / 2, LOW, HIGH)


class Ratings(Dataset):
    """One sample is a rating: user, item, side [9] and stars.

    Args:
        split: train or validation, cut at random once.
        scaled: Standardise age, year and hour by the training rows.
        views: Also list films that were watched, with a rating of 0.
        swap: Probability that a training column is swapped with that of another row.
        liked: The target is whether four stars or more were given.
    """

    def __init__(self, split, scaled=True, views=False, swap=0.0, liked=False, seed=1):
        user, item, side, stars = ratings_table()
        order = np.random.default_rng(seed).permutation(len(stars))
        cut = len(order) * 8 // 10
        train = order[:cut]
        rows = train if split == "train" else order[cut:]
        if scaled:
            mean, std = side[train, :3].mean(0), side[train, :3].std(0)
            side = np.column_stack([(side[:, :3] - mean) / std, side[:, 3:]])
        stars = stars[rows]
        if views:
            rows, stars = np.concatenate([rows, rows]), np.concatenate([stars, np.zeros(len(rows))])
        self.user, self.item = user[rows].tolist(), item[rows].tolist()
        self.side = side[rows].astype(np.float32)
        self.stars = (stars >= 4 if liked else stars).astype(float).tolist()
        self.swap = swap

    def __len__(self):
        return len(self.stars)

    def __getitem__(self, index):
        columns = [self.user, self.item, self.side]
        if self.swap:
            other = torch.randint(len(self), ()).item()
            swapped = torch.rand(3) < self.swap
            values = [column[other if yes else index] for column, yes in zip(columns, swapped, strict=True)]
        else:
            values = [column[index] for column in columns]
        return *values, self.stars[index]


def collate(rows):
    user, item, side, stars = zip(*rows, strict=True)
    return {
        "user": torch.tensor(user),
        "item": torch.tensor(item),
        "side": torch.from_numpy(np.stack(side)),
        "stars": torch.tensor(stars),
    }


class RatingNet(nn.Module):
    """Mean + biases + user · item + MLP(user, item, side).

    Args:
        dim: Size of a factor.
        hidden: Sizes of the MLP's hidden layers.
        activation: Between them.
        dropout: On the factors and behind every hidden layer.
        mean: Of the training ratings.
        flat: Return [N]; otherwise [N, 1].
        standardise: Normalise side by known means and spreads.
        half: Half precision throughout.
    """

    def __init__(
        self,
        dim=8,
        hidden=(64, 32),
        activation=nn.ReLU,
        dropout=0.05,
        mean=3.4,
        flat=True,
        standardise=False,
        half=False,
    ):
        super().__init__()
        self.user_factors, self.item_factors = nn.Embedding(USERS, dim), nn.Embedding(ITEMS, dim)
        self.user_bias, self.item_bias = nn.Embedding(USERS, 1), nn.Embedding(ITEMS, 1)
        self.side = nn.Linear(9, dim)
        self.dropout = nn.Dropout(dropout)
        layers, width = [], 3 * dim
        for size in hidden:
            layers += [nn.Linear(width, size), activation(), nn.Dropout(dropout)]
            width = size
        self.mlp = nn.Sequential(*layers, nn.Linear(width, 1))
        self.mean, self.flat = mean, flat
        self.register_buffer("centre", torch.tensor([45.0, 1987.0, 11.5] + [0.0] * 6))
        self.register_buffer("spread", torch.tensor([17.0, 19.0, 7.0] + [1.0] * 6))
        self.standardise = standardise
        for table in (self.user_factors, self.item_factors):
            nn.init.normal_(table.weight, std=0.1)
        for table in (self.user_bias, self.item_bias):
            nn.init.zeros_(table.weight)
        if half:
            self.half()

    def forward(self, user, item, side):
        side = side.to(self.side.weight.dtype)
        if self.standardise:
            side = (side - self.centre) / self.spread
        taste, style = self.dropout(self.user_factors(user)), self.dropout(self.item_factors(item))
        dot = (taste * style).sum(1, keepdim=True)
        deep = self.mlp(torch.cat([taste, style, self.context(side, taste)], dim=1))
        stars = self.mean + self.user_bias(user) + self.item_bias(item) + dot + deep
        return stars.squeeze(1) if self.flat else stars

    def context(self, side, taste):
        context = self.side(side)
        return self.dropout(context)


class ContextNet(RatingNet):
    """As RatingNet, with its own context."""

    def context(self, side, taste):
        context = self.side(side)
        context = self.dropout(taste)
        return torch.tanh(context)


def grouped_adam(model, lr=5e-3, decay=1e-4, dense=("mlp", "side")):
    """Adam with weight decay on the factors alone; the dense layers are found by the start of their names."""
    named = list(model.named_parameters())
    factors = [p for name, p in named if "_factors" in name]
    biases = [p for name, p in named if "_bias." in name]
    layers = [p for name, p in named if name.startswith(tuple(dense))]
    groups = [{"params": factors, "weight_decay": decay}, {"params": biases}, {"params": layers}]
    return torch.optim.Adam(groups, lr=lr)


class HitRate:
    """Share of ratings predicted to within half a star."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.hits, self.count = 0, 0

    def update(self, outputs, targets):
        off = (outputs.reshape(-1) - targets.reshape(-1)).abs()
        self.hits += int((off <= 0.5).sum())
        self.count += len(targets)

    def compute(self):
        return self.hits / max(1, self.count)


class ColumnHitRate(HitRate):
    """The same for models that return a column."""

    def update(self, outputs, targets):
        off = (outputs.reshape(-1, 1) - targets).abs()
        self.hits += (off <= 0.5).float().mean().item() * len(targets)
        self.count += len(targets)
