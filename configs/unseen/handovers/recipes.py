"""Tags for recipes from their ingredients. Once a cuisine classifier; the kitchen now wants several tags a dish."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

TAGS = ["vegan", "spicy", "sweet", "nuts", "quick", "festive", "baked", "raw"]
MAX_LEN = 12


class Recipes(Dataset):
    def __init__(self, n, seed, vocab=120):
        rng = np.random.default_rng(seed)
        self.rows = []
        for _ in range(n):
            tags = rng.random(len(TAGS)) < 0.3
            if not tags.any():
                tags[rng.integers(len(TAGS))] = True
            named = [
                1 + 6 * tag + rng.integers(6)
                for tag in np.flatnonzero(tags)
                for _ in range(2)
                if rng.random() < 0.9
            ]
            filler = rng.integers(49, vocab, MAX_LEN).tolist()
            words = (named + filler)[:MAX_LEN] if len(named) < MAX_LEN else named[-MAX_LEN:]
            self.rows.append((rng.permutation(words), tags))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        words, tags = self.rows[i]
        return torch.as_tensor(words), torch.as_tensor(tags, dtype=torch.float32)


class Tagger(nn.Module):
    def __init__(self, vocab=120, activation="softmax"):
        super().__init__()
        self.activation = nn.Softmax(dim=1) if activation == "softmax" else nn.Sigmoid()
        self.words = nn.EmbeddingBag(vocab, 32, mode="mean", padding_idx=0)
        self.hidden = nn.Linear(32, 64)
        self.scores = nn.Linear(64, len(TAGS))

    def forward(self, ingredients):
        x = torch.relu(self.hidden(self.words(ingredients)))
        return self.activation(self.scores(x))


class MicroF1:
    def __init__(self):
        self.reset()

    def reset(self):
        self.hits = self.said = self.true = 0

    def update(self, outputs, targets):
        chosen = outputs > 0.5
        self.hits += int((chosen & (targets > 0.5)).sum())
        self.said += int(chosen.sum())
        self.true += int((targets > 0.5).sum())

    def compute(self):
        return 2 * self.hits / max(1, self.said + self.true)

    def to(self, device):
        return self
