"""Which of twelve topics a note touches, from how often it uses 150 words; a note may touch several."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

WORDS, TOPICS = 150, 12


def notes(count=2000, seed=41):
    """Return word counts [N, 150] and topics [N, 12] of zeros and ones."""
    rng = np.random.default_rng(seed)
    topics = rng.random((count, TOPICS)) < rng.uniform(0.12, 0.3, TOPICS)
    vocabulary = rng.gamma(0.15, 1.0, (TOPICS, WORDS))
    vocabulary /= vocabulary.sum(axis=1, keepdims=True)
    rate = 25 * topics @ vocabulary + 0.1
    return rng.poisson(rate).astype(np.float32), topics.astype(np.float32)


class Notes(Dataset):
    """Notes as (log of one plus the counts [150], topics [12]).

    Args:
        split: train or validation.
        repeats: Each of the first notes stands in the training file this often.
        distinct: How many different training notes there are then.
        forget: Share of the words that is left out whenever a note is read.
    """

    def __init__(self, split, repeats=1, distinct=1500, forget=0.0):
        counts, topics = notes()
        rows = np.tile(np.arange(distinct), repeats) if split == "train" else np.arange(1500, 2000)
        self.counts = torch.tensor(counts[rows]).log1p()
        self.topics = torch.tensor(topics[rows])
        self.forget = forget

    def __len__(self):
        return len(self.counts)

    def __getitem__(self, index):
        counts = self.counts[index]
        if self.forget:
            counts = counts * (torch.rand(WORDS) >= self.forget)
        return counts, self.topics[index]


class TopicNet(nn.Module):
    """One hidden layer.

    Args:
        width: Hidden units.
        shift: Where the biases of the hidden layer start.
        last: Behind the scores.
    """

    def __init__(self, width=64, shift=0.0, last=None):
        super().__init__()
        self.hidden = nn.Linear(WORDS, width)
        self.scores = nn.Linear(width, TOPICS)
        self.last = nn.Identity() if last is None else last
        if shift:
            nn.init.constant_(self.hidden.bias, shift)

    def forward(self, counts):
        return self.last(self.scores(torch.relu(self.hidden(counts))))


def another_models(model, lr, momentum):
    """Return SGD over a topic network."""
    model = TopicNet()
    return torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum)


class MicroF1:
    """F1 over all topics together; the protocol of torchmetrics."""

    def __init__(self, threshold=0.0):
        self.threshold = threshold
        self.reset()

    def to(self, device):
        return self

    def reset(self):
        self.hits = self.said = self.true = 0.0

    def update(self, outputs, targets):
        said = outputs > self.threshold
        self.hits += float((said & (targets > 0.5)).sum())
        self.said += float(said.sum())
        self.true += float(targets.sum())

    def compute(self):
        return torch.tensor(2 * self.hits / max(1.0, self.said + self.true))
