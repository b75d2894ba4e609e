"""Whether a card payment is fraud: three in a hundred are; payments arrive as a stream."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import IterableDataset

FEATURES = 12


def payments(count, seed):
    """Return features [N, 12] and whether a payment is fraud [N]; most honest payments are easy, some are not."""
    rng = np.random.default_rng(seed)
    fraud = rng.random(count) < 0.03
    features = rng.normal(size=(count, FEATURES))
    kind = rng.integers(0, 2, count)
    features[fraud & (kind == 0), 0:3] += 1.5
    features[fraud & (kind == 1), 3:6] -= 1.5
    features[:, 6] = np.abs(features[:, 6]) * (1 + fraud)
    return torch.tensor(features, dtype=torch.float32), torch.tensor(fraud, dtype=torch.float32)


class Payments(IterableDataset):
    """A stream of (features [12], fraud [1]) in a new order every time it is read.

    Args:
        split: train or validation.
        threshold: What the column of the charge-back system must exceed; it holds 0 and 1.
        fraud_last: Whether the stream is sorted, honest payments first.
        divide: The features are divided by this.
        jitter: Spread of the noise that is added whenever a payment is read, in both splits.
    """

    classes = ("honest", "fraud")

    def __init__(self, split, threshold=0.5, fraud_last=False, divide=1.0, jitter=0.0):
        self.split, self.jitter = split, jitter
        features, fraud = payments(4000 if split == "train" else 2000, 31 if split == "train" else 32)
        self.features, self.fraud = features / divide, (fraud > threshold).float().unsqueeze(1)
        self.fraud_last = fraud_last

    def __iter__(self):
        order = torch.arange(len(self.fraud))
        if self.split == "train":
            order = torch.randperm(len(self.fraud))
        if self.fraud_last:
            order = order[self.fraud[order, 0].argsort(stable=True)]
        for index in order.tolist():
            features = self.features[index]
            yield features + self.jitter * torch.randn(FEATURES), self.fraud[index]


class FraudNet(nn.Module):
    """Three hidden layers and one score.

    Args:
        width: Of the hidden layers.
        activation: Between the layers.
        last: Behind the score.
        initial: "default" or "zeros" for the weights of all layers.
        depth: Hidden layers.
    """

    def __init__(self, width=24, activation=nn.ELU, last=None, initial="default", depth=2):
        super().__init__()
        layers = [nn.Linear(FEATURES, width), activation()]
        for _ in range(depth - 1):
            layers += [nn.Linear(width, width), activation()]
        self.layers = nn.Sequential(*layers, nn.Linear(width, 1))
        self.last = nn.Identity() if last is None else last
        if initial == "zeros":
            for parameter in self.parameters():
                nn.init.zeros_(parameter)

    def forward(self, x):
        return self.last(self.layers(x))


class Recall:
    """The share of frauds that are found, over all batches; the protocol of torchmetrics."""

    def __init__(self, average_batches=False):
        self.average_batches = average_batches
        self.reset()

    def to(self, device):
        return self

    def reset(self):
        self.found = self.frauds = self.shares = 0.0

    def update(self, outputs, targets):
        found = float(((outputs > 0) & (targets > 0.5)).sum())
        self.found += found
        self.frauds += float(targets.sum())
        self.shares += found / max(1.0, float(targets.sum()))

    def compute(self):
        return torch.tensor(self.shares if self.average_batches else self.found / max(1.0, self.frauds))


class BalancedAccuracy(Recall):
    """The mean of the two classes' recalls."""

    def reset(self):
        super().reset()
        self.passed = self.honest = 0.0

    def update(self, outputs, targets):
        super().update(outputs, targets)
        self.passed += float(((outputs <= 0) & (targets < 0.5)).sum())
        self.honest += float((targets < 0.5).sum())

    def compute(self):
        return (self.found / max(1.0, self.frauds) + self.passed / max(1.0, self.honest)) / 2


def weighted_bce(weight):
    """Return binary cross-entropy on logits that counts a fraud ``weight`` times."""
    return nn.BCEWithLogitsLoss(pos_weight=torch.tensor([float(weight)]))
