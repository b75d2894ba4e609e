"""Stars for short reviews: an embedding, a GRU and a linear head."""

import random

import torch
from torch import nn
from torch.utils.data import Dataset

GOOD = ["good", "great", "lovely", "tasty", "fresh", "friendly", "clean", "quick"]
BAD = ["bad", "awful", "rude", "stale", "dirty", "slow", "bland", "cold"]
THINGS = [
    "soup",
    "staff",
    "table",
    "coffee",
    "room",
    "bill",
    "music",
    "pasta",
    "dessert",
    "window",
    "waiter",
    "view",
]
FILLER = ["the", "a", "was", "were", "and", "very", "rather", "so", "our", "it", "my"]
WORDS = ["<pad>", "not", "but", *GOOD, *BAD, *THINGS, *FILLER]
INDEX = {word: i for i, word in enumerate(WORDS)}
LENGTH = 18


def clause(rng):
    positive = rng.random() < 0.5
    negated = rng.random() < 0.4
    word = rng.choice(GOOD if positive != negated else BAD)
    words = [
        "the",
        rng.choice(THINGS),
        "was",
        *(["not"] if negated else []),
        *rng.choices(FILLER, k=rng.randint(0, 2)),
        word,
    ]
    return words, positive


def review(rng):
    first, a = clause(rng)
    second, b = clause(rng)
    if rng.random() < 0.5:  # what stands behind "but" is what counts
        return [*first, "but", *second], 2 if b else 0
    stars = 2 if a and b else 0 if not a and not b else 1
    return [*first, "and", *second], stars


class Reviews(Dataset):
    classes = ("poor", "mixed", "fine")

    def __init__(self, count, seed):
        rng = random.Random(seed)
        self.items = [review(rng) for _ in range(count)]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        words, stars = self.items[index]
        codes = [INDEX[word] for word in words]
        return torch.tensor([0] * (LENGTH - len(codes)) + codes), stars


class ReviewGRU(nn.Module):
    def __init__(self, dim=32, hidden=64):
        super().__init__()
        self.embed = nn.Embedding(len(WORDS), dim, padding_idx=0)
        self.gru = nn.GRU(dim, hidden, batch_first=True)
        self.norm = nn.LayerNorm(hidden)
        self.head = nn.Linear(hidden, 3)

    def forward(self, tokens):
        _, last = self.gru(self.embed(tokens))
        return self.head(self.norm(last[-1]))


def configure_optimizer(model, lr, weight_decay=0.01):
    decay, no_decay = [], []
    for name, p in model.named_parameters():
        if name.endswith(".weight") and "norm" not in name:
            decay.append(p)
        else:
            no_decay.append(p)
    groups = [{"params": decay, "weight_decay": weight_decay}, {"params": no_decay, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=lr)


def configure_optimizer_v2(model, lr, weight_decay=0.01):
    named = dict(model.named_parameters())
    norm = {name for name in named if "norm" in name}
    decay = [p for name, p in named.items() if name.endswith(".weight") and name not in norm]
    no_decay = [p for name, p in named.items() if name.endswith(".bias") or name in norm]
    groups = [{"params": decay, "weight_decay": weight_decay}, {"params": no_decay, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=lr)
