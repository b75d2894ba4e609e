"""Which of five plans a telephone customer will choose, from a table of sixteen numbers of very different size."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

PLANS = ("prepaid", "basic", "family", "traveller", "business")
# Typical size of each column: a share, a count, seconds a month, a balance in cents, bytes ...
UNITS = np.array([1e-2, 1, 1, 10, 12, 30, 1e2, 1e2, 3e2, 1e3, 1e3, 5e3, 2e4, 1e5, 1e-3, 5e-1])
MISSING_COLUMN = 9  # income is not known of everybody


def customers(count=3000, seed=11):
    """Return the raw table [N, 16], NaN where a value is not known, and the plans [N]."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(count, 16))
    means = hidden[:, :12] @ rng.normal(size=(12, 6)) / 3.5
    mixed = np.concatenate([means, np.abs(means), means[:, :1] * means], axis=1)
    scores = mixed @ rng.normal(size=(18, len(PLANS))) + 0.3 * rng.normal(size=(count, len(PLANS)))
    table = (hidden + rng.uniform(-1, 3, size=16)) * UNITS
    table[rng.random(count) < 0.02, MISSING_COLUMN] = np.nan
    return table, scores.argmax(axis=1)


class Customers(Dataset):
    """One customer a row.

    Args:
        split: train (the first 2400 rows) or validation.
        scaling: "train" standardises by the training rows, "split" by the rows of this split, "none" leaves the units.
        fill: Put the column's mean where a value is not known.
        order_by: Column that the validation table is sorted by; None keeps the order of the file.
        rows: How many training rows are used.
        first_plan: The number of the first plan.
    """

    classes = PLANS

    def __init__(self, split, scaling="train", fill=True, order_by=None, rows=2400, first_plan=0):
        table, plans = customers()
        train, own = slice(0, rows), slice(0, rows) if split == "train" else slice(2400, None)
        reference = table[train] if scaling == "train" else table[own]
        features, labels = table[own], plans[own]
        if fill:
            features = np.where(np.isnan(features), np.nanmean(reference, axis=0), features)
        if scaling != "none":
            features = (features - np.nanmean(reference, axis=0)) / np.nanstd(reference, axis=0)
        if order_by is not None:
            features = features[features[:, order_by].argsort()]
        self.features = torch.tensor(features, dtype=torch.float32)
        self.labels = torch.tensor(labels + first_plan)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.features[index], self.labels[index]


class PlanNet(nn.Module):
    """Two hidden layers with batch normalisation."""

    def __init__(self, features=16, width=64, plans=5, dropout=0.1, activation=nn.ReLU, last=None):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(features, width),
            nn.BatchNorm1d(width),
            activation(),
            nn.Dropout(dropout),
            nn.Linear(width, width),
            nn.BatchNorm1d(width),
            activation(),
            nn.Dropout(dropout),
        )
        self.head = nn.Linear(width, plans)
        self.last = nn.Identity() if last is None else last

    def forward(self, x):
        return self.last(self.head(self.body(x)))
