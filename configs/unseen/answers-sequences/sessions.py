"""What kind of visitor is this? A small transformer encoder over the clicks of a session."""

import math
import random

import torch
import torch.nn as nn
from torch.utils.data import Dataset

PAGES = 30
SESSION = 20
KINDS = ["buyer", "browser", "returner", "bot", "helper"]


class ClickDataset(Dataset):
    classes = KINDS

    def __init__(self, num, seed):
        rng = random.Random(seed)
        self.items = []
        for _ in range(num):
            kind = rng.randrange(5)
            clicks = [rng.randrange(1, PAGES) for _ in range(SESSION)]
            for _ in range(5):  # each kind of visitor has three habits: one page, then a certain other
                at = rng.randrange(SESSION - 1)
                habit = rng.randrange(3)
                clicks[at] = 3 + habit
                clicks[at + 1] = 10 + 3 * kind + habit
            self.items.append((torch.tensor(clicks), kind))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=100):
        super().__init__()
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(max_len, d_model)
        pe[:, 0::2] = torch.sin(position * div_term)
        pe[:, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe)

    def forward(self, x):
        return x + self.pe[: x.size(1)]


class SessionTransformer(nn.Module):
    def __init__(self, d_model=32, nhead=4, nlayers=2, dropout=0.05):
        super().__init__()
        self.d_model = d_model
        self.src = nn.Embedding(PAGES, d_model)
        self.pos = PositionalEncoding(d_model)
        layer = nn.TransformerEncoderLayer(d_model, nhead, 64, dropout, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, nlayers)
        self.decoder = nn.Linear(d_model, len(KINDS))

    def forward(self, clicks):
        x = self.pos(self.src(clicks) * math.sqrt(self.d_model))
        x = self.encoder(x)
        return self.decoder(x.mean(dim=1))
