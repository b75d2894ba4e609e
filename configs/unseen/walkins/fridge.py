"""Which item stands on the shelf that is asked for? One attention layer over the log of a fridge."""

import math

import torch
from torch import nn
from torch.utils.data import Dataset

SHELVES, ITEMS, LENGTH = 18, 6, 16


class FridgeLog(Dataset):
    """Fifteen entries (shelf, item), then the question (shelf, 0)."""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        shelves = torch.rand(n, SHELVES, generator=g).argsort(dim=1)[:, : LENGTH - 1]
        items = torch.randint(1, ITEMS + 1, (n, LENGTH - 1), generator=g)
        asked = torch.randint(0, LENGTH - 1, (n,), generator=g)
        late = torch.rand(n, generator=g) < 0.3  # people ask for what was put in last
        asked = torch.where(late, LENGTH - 2 - asked % 3, asked)
        row = torch.arange(n)
        question = torch.stack([shelves[row, asked], torch.zeros(n, dtype=torch.long)], dim=1)
        self.log = torch.cat([torch.stack([shelves, items], dim=2), question.unsqueeze(1)], dim=1)
        self.answer = items[row, asked] - 1

    def __len__(self):
        return len(self.log)

    def __getitem__(self, i):
        return self.log[i], self.answer[i]


class MultiHead(nn.Module):
    def __init__(self, d_model, n_heads, swap):
        super().__init__()
        self.h, self.swap = n_heads, swap
        self.query = nn.Linear(d_model, d_model)
        self.key = nn.Linear(d_model, d_model)
        self.value = nn.Linear(d_model, d_model)
        self.out = nn.Linear(d_model, d_model)

    def split(self, x):
        B, L, D = x.shape
        if self.swap:
            return x.view(B, L, self.h, D // self.h).transpose(1, 2)
        return x.view(B, self.h, L, D // self.h)

    def forward(self, x):
        B, L, D = x.shape
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        scores = torch.matmul(q, k.transpose(-2, -1)) / math.sqrt(D // self.h)
        mixed = torch.matmul(torch.softmax(scores, dim=-1), v)
        if self.swap:
            mixed = mixed.transpose(1, 2)
        return self.out(mixed.reshape(B, L, D))


class FridgeNet(nn.Module):
    def __init__(self, d_model=32, n_heads=4, swap=False):
        super().__init__()
        self.shelf = nn.Embedding(SHELVES, d_model)
        self.item = nn.Embedding(ITEMS + 1, d_model)
        self.attention = MultiHead(d_model, n_heads, swap)
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Sequential(nn.Linear(d_model, 64), nn.GELU(), nn.Linear(64, ITEMS))

    def forward(self, log):
        x = self.shelf(log[..., 0]) + self.item(log[..., 1])
        x = self.norm(x + self.attention(x))
        return self.head(x[:, -1])
