"""Liked or not, from the words of a review; raters clicked wrongly one time in four."""

import torch
from torch import nn
from torch.utils.data import Dataset

VOCAB = 400


class Reviews(Dataset):
    classes = ("no", "yes")

    def __init__(self, n, seed):
        world = torch.Generator().manual_seed(3)
        mood = torch.randn(VOCAB, generator=world)
        g = torch.Generator().manual_seed(seed)
        truth = torch.randint(2, (n,), generator=g)
        odds = torch.exp(0.6 * mood * (2 * truth[:, None] - 1))
        self.words = torch.multinomial(odds, 25, replacement=True, generator=g)
        wrong = torch.rand(n, generator=g) < 0.25
        self.label = torch.where(wrong, 1 - truth, truth)

    def __len__(self):
        return len(self.label)

    def __getitem__(self, i):
        return self.words[i], self.label[i]


class BagNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.bag = nn.EmbeddingBag(VOCAB, 8, mode="mean")
        self.out = nn.Linear(8, 2)

    def forward(self, words):
        return self.out(self.bag(words))
