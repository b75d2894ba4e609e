"""A very small GPT that continues melodies note by note."""

import math
import random

import torch
from torch import nn
from torch.utils.data import Dataset

NOTES = 36
BLOCK = 24
KEYS = {"C": 0, "D": 2, "F": 5, "G": 7}
SCALE = [0, 2, 4, 5, 7, 9, 11, 12, 14, 16]
WALKS = [(1, 1, -3, 2), (2, -1, 2, -1), (-1, 3, -1, -1)]


def melody(rng):
    key = rng.choice(list(KEYS.values()))
    walk = rng.choice(WALKS)
    degree, notes = rng.randrange(len(SCALE)), []
    for t in range(BLOCK + 1):
        notes.append(key + SCALE[degree])
        degree = (degree + walk[t % 4]) % len(SCALE)
        if rng.random() < 0.06:
            degree = rng.randrange(len(SCALE))
    return notes


class Melodies(Dataset):
    def __init__(self, count, seed):
        rng = random.Random(seed)
        self.data = torch.tensor([melody(rng) for _ in range(count)])

    def __len__(self):
        return len(self.data)

    def __getitem__(self, idx):
        return self.data[idx, :-1], self.data[idx, 1:]


class TinyGPT(nn.Module):
    def __init__(self, d_model=64, std=None):
        super().__init__()
        self.tok = nn.Embedding(NOTES, d_model)
        self.pos = nn.Parameter(torch.randn(BLOCK, d_model) * 0.02)
        layer = nn.TransformerEncoderLayer(d_model, 4, 128, dropout=0.0, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.ln_f = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, NOTES, bias=False)
        self.head.weight = self.tok.weight
        self.scale = math.sqrt(d_model)
        if std is not None:
            nn.init.normal_(self.tok.weight, std=std)
        self.register_buffer("mask", torch.triu(torch.full((BLOCK, BLOCK), float("-inf")), diagonal=1))

    def forward(self, idx):
        x = self.tok(idx) * self.scale + self.pos
        x = self.blocks(x, mask=self.mask)
        return self.head(self.ln_f(x)).transpose(1, 2)
