"""A small transformer reads a ledger and says of each entry how its partner's amount compares with its own."""

import math

import torch
from torch import nn
from torch.utils.data import Dataset


class Ledger(Dataset):
    """Twelve entries: six customers, each with two entries somewhere in the list."""

    classes = ("partner is lower", "equal", "partner is higher")

    def __init__(self, size, seed):
        g = torch.Generator().manual_seed(seed)
        order = torch.rand(size, 12, generator=g).argsort(1)
        pairs = torch.rand(size, 10, generator=g).argsort(1)[:, :6].repeat(1, 2)
        amounts = torch.randint(0, 5, (size, 12), generator=g)
        partner = amounts.roll(6, dims=1)
        self.ids, self.amounts = pairs.gather(1, order), amounts.gather(1, order)
        self.labels = (torch.sign(partner - amounts) + 1).gather(1, order)

    def __len__(self):
        return len(self.ids)

    def __getitem__(self, i):
        return torch.stack([self.ids[i], self.amounts[i]]), self.labels[i]


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, heads, merge):
        super().__init__()
        self.heads, self.head_dim, self.merge = heads, d_model // heads, merge
        self.qkv_layer = nn.Linear(d_model, 3 * d_model)
        self.linear_layer = nn.Linear(d_model, d_model)

    def forward(self, x):
        batch, length, d_model = x.size()
        qkv = self.qkv_layer(x).reshape(batch, length, self.heads, 3 * self.head_dim).permute(0, 2, 1, 3)
        q, k, v = qkv.chunk(3, dim=-1)
        attention = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(self.head_dim), dim=-1)
        values = attention @ v
        if self.merge == "permuted":
            values = values.permute(0, 2, 1, 3)
        return self.linear_layer(values.reshape(batch, length, d_model))


class Block(nn.Module):
    def __init__(self, d_model, heads, merge):
        super().__init__()
        self.attention = MultiHeadAttention(d_model, heads, merge)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.ffn = nn.Sequential(nn.Linear(d_model, 2 * d_model), nn.ReLU(), nn.Linear(2 * d_model, d_model))

    def forward(self, x):
        x = self.norm1(x + self.attention(x))
        return self.norm2(x + self.ffn(x))


class LedgerTransformer(nn.Module):
    def __init__(self, d_model=48, heads=4, layers=2, merge="plain"):
        super().__init__()
        self.id_embedding = nn.Embedding(10, d_model)
        self.amount_embedding = nn.Embedding(5, d_model)
        self.position = nn.Parameter(0.02 * torch.randn(12, d_model))
        self.blocks = nn.Sequential(*[Block(d_model, heads, merge) for _ in range(layers)])
        self.out = nn.Linear(d_model, 3)

    def forward(self, entries):
        x = self.id_embedding(entries[:, 0]) + self.amount_embedding(entries[:, 1]) + self.position
        return self.out(self.blocks(x)).transpose(1, 2)  # classes second, as the loss wants them
