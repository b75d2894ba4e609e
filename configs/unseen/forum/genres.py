"""Genres of a film from the words of its plot: several at once."""

import torch
from torch import nn
from torch.utils.data import Dataset

GENRES = ("action", "comedy", "crime", "drama", "family", "horror", "romance", "war")
WORDS = 400


class Plots(Dataset):
    classes = GENRES

    def __init__(self, n, seed):
        topics = torch.zeros(len(GENRES), WORDS)
        g = torch.Generator().manual_seed(0)
        for topic in topics:
            topic[torch.randperm(WORDS, generator=g)[:20]] = 1.0
        g.manual_seed(seed)
        self.words, self.labels = [], []
        for _ in range(n):
            label = torch.zeros(len(GENRES))
            count = int(torch.randint(1, 4, (1,), generator=g))
            label[torch.randperm(len(GENRES), generator=g)[:count]] = 1.0
            weights = 0.04 + (label[:, None] * topics).sum(0) / count
            self.words.append(torch.multinomial(weights, 30, replacement=True, generator=g))
            self.labels.append(label)

    def __len__(self):
        return len(self.words)

    def __getitem__(self, index):
        return self.words[index], self.labels[index]


class BagOfWords(nn.Module):
    def __init__(self, last, dim=32):
        super().__init__()
        self.embed = nn.EmbeddingBag(WORDS, dim, mode="mean")
        self.fc = nn.Linear(dim, len(GENRES))
        self.last = last

    def forward(self, words):
        return self.last(self.fc(torch.relu(self.embed(words))))


class MicroF1:
    """Of all genres said and all that are right, at a probability of a half."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.hits = self.said = self.true = 0.0

    def update(self, probabilities, labels):
        said = (probabilities > 0.5).float()
        self.hits += float((said * labels).sum())
        self.said += float(said.sum())
        self.true += float(labels.sum())

    def compute(self):
        return 2 * self.hits / max(self.said + self.true, 1.0)
