"""Texts as sets of words. Those for training were read by three people, those for validation by one, who errs at times."""

import torch
from torch import nn
from torch.utils.data import TensorDataset


def reviews(split="train", size=3000, words=500, length=24, errors=0.05):
    """Word counts [N, words] and whether the reader thought it kind."""
    generator = torch.Generator().manual_seed(31 if split == "train" else 32)
    mood = torch.randn(words, generator=torch.Generator().manual_seed(30))
    count = size if split == "train" else size // 3
    liked = torch.randint(0, 2, (count,), generator=generator)
    scores = 0.35 * mood * (2.0 * liked.unsqueeze(1) - 1.0)
    drawn = torch.multinomial(scores.softmax(1), length, replacement=True, generator=generator)
    counts = torch.zeros(count, words).scatter_add_(1, drawn, torch.ones(count, length))
    wrong = torch.rand(count, generator=generator) < (0.0 if split == "train" else errors)
    return TensorDataset(counts, torch.where(wrong, 1 - liked, liked))


def net(words=500, width=64):
    return nn.Sequential(nn.Linear(words, width), nn.ReLU(), nn.Dropout(0.5), nn.Linear(width, 2))
