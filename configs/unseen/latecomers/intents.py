"""What is asked of a smart home: one block of self-attention, after a Flax example."""

import math
import random

import torch
import torch.nn as nn
from torch.utils.data import Dataset

PAD = 0
MAXLEN = 10
VERBS = {
    "on": ["start", "enable", "open"],
    "off": ["stop", "disable", "close"],
    "ask": ["is", "tell", "show"],
}
DEVICES = ["lamp", "heater", "fan", "radio", "door", "blind"]
EXTRA = [
    "please",
    "the",
    "in",
    "my",
    "kitchen",
    "bedroom",
    "now",
    "hall",
    "quickly",
    "again",
    "do",
    "could",
    "you",
]
NEGATION = ["dont", "never"]
VOCAB = ["<pad>", *VERBS["on"], *VERBS["off"], *VERBS["ask"], *DEVICES, *EXTRA, *NEGATION]
INTENTS = ["turn_on", "turn_off", "query"]


def sentence(rng):
    kind = rng.choice(list(VERBS))
    words = [rng.choice(VERBS[kind]), rng.choice(DEVICES), *rng.sample(EXTRA, rng.randint(2, 7))]
    head = words[0]
    rng.shuffle(words)
    if kind != "ask" and rng.random() < 0.3:
        words.insert(words.index(head), rng.choice(NEGATION))
        kind = "off" if kind == "on" else "on"
    return words[:MAXLEN], ["on", "off", "ask"].index(kind)


class Commands(Dataset):
    classes = INTENTS

    def __init__(self, n, seed):
        rng = random.Random(seed)
        self.data = [sentence(rng) for _ in range(n)]

    def __len__(self):
        return len(self.data)

    def __getitem__(self, i):
        words, intent = self.data[i]
        ids = [VOCAB.index(w) for w in words]
        return torch.tensor(ids + [PAD] * (MAXLEN - len(ids))), intent


def attention(q, k, v, mask):
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    scores = scores.masked_fill(mask[:, None, None, :], float("-inf"))
    return torch.softmax(scores, dim=-1) @ v


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.ln1, self.ln2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x, mask):
        B, L, D = x.shape
        q, k, v = self.qkv(self.ln1(x)).view(B, L, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        y = attention(q, k, v, mask).transpose(1, 2).reshape(B, L, D)
        x = x + self.proj(y)
        return x + self.mlp(self.ln2(x))


class IntentModel(nn.Module):
    def __init__(self, dim=32, heads=2, flax_mask=False):
        super().__init__()
        self.flax_mask = flax_mask
        self.tok = nn.Embedding(len(VOCAB), dim)
        self.pos = nn.Embedding(MAXLEN, dim)
        self.block = Block(dim, heads)
        self.ln = nn.LayerNorm(dim)
        self.out = nn.Linear(dim, len(INTENTS))

    def forward(self, ids):
        words = ids != PAD
        x = self.tok(ids) + self.pos(torch.arange(MAXLEN, device=ids.device))
        x = self.ln(self.block(x, words if self.flax_mask else ~words))
        count = words.sum(1, keepdim=True)
        return self.out((x * words.unsqueeze(-1)).sum(1) / count)
