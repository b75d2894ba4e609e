"""Which station does the traveller want to go to? A tiny transformer reads the question."""

import random

import torch
import torch.nn as nn
from torch.utils.data import Dataset

STATIONS = ["ghent", "lille", "delft", "trier", "basel", "turin", "nantes", "lyon"]
OPENINGS = [
    "i need a train",
    "next train",
    "please tell me the connection",
    "ticket",
    "is there a bus",
    "hello best route",
]
ENDINGS = ["", "today", "tomorrow morning", "please", "for two people", "before noon thanks"]
WORDS = sorted(
    {w for text in OPENINGS + ENDINGS for w in text.split()} | set(STATIONS) | {"from", "to", "via"}
)
VOCAB = {w: i + 1 for i, w in enumerate(WORDS)}
MAX_LEN = 16


def question(rnd):
    start, goal, between = rnd.sample(STATIONS, 3)
    parts = [f"from {start}", f"to {goal}"]
    if rnd.random() < 0.5:
        parts.append(f"via {between}")
    rnd.shuffle(parts)
    words = " ".join([rnd.choice(OPENINGS), *parts, rnd.choice(ENDINGS)]).split()
    return words, STATIONS.index(goal)


class Questions(Dataset):
    def __init__(self, n, seed):
        rnd = random.Random(seed)
        self.data = [question(rnd) for _ in range(n)]

    def __len__(self):
        return len(self.data)

    def __getitem__(self, i):
        words, goal = self.data[i]
        ids = [VOCAB[w] for w in words][:MAX_LEN]
        ids += [0] * (MAX_LEN - len(ids))
        return torch.LongTensor(ids), goal


class GoalFinder(nn.Module):
    def __init__(self, d_model=32, **kwargs):
        super().__init__()
        self.tok = nn.Embedding(len(VOCAB) + 1, d_model)
        self.pos = nn.Embedding(MAX_LEN, d_model)
        layer = nn.TransformerEncoderLayer(d_model, nhead=2, dim_feedforward=64, dropout=0.0, **kwargs)
        self.encoder = nn.TransformerEncoder(layer, num_layers=2, enable_nested_tensor=False)
        self.out = nn.Linear(d_model, len(STATIONS))

    def forward(self, ids):
        x = self.tok(ids) + self.pos(torch.arange(MAX_LEN, device=ids.device))
        x = self.encoder(x)
        return self.out(x.max(dim=1).values)
