"""Marks city, day and dish in spoken requests; sentences differ in length and are padded."""

import random

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import Dataset

TAGS = ["O", "CITY", "DAY", "DISH"]
CITIES = ["paris", "rome", "oslo", "turkey", "nice", "bath", "lima", "cork", "reading", "essen"]
DAYS = ["monday", "tuesday", "friday", "sunday", "today", "tomorrow", "march", "may"]
DISHES = ["pizza", "turkey", "soup", "cork", "salad", "rice", "curry", "fish", "pasta", "bread"]
FILL = ["please", "could", "you", "i", "want", "would", "like", "find", "me", "a", "the", "some"]
FILL += ["nice", "reading", "may", "march", "get", "really", "now"]
WORDS = sorted({*CITIES, *DAYS, *DISHES, *FILL, "in", "near", "on", "for", "eat", "order", "with", "to"})
ID = {w: i + 1 for i, w in enumerate(WORDS)}


def sentence(rng):
    out = [(rng.choice(FILL), 0) for _ in range(rng.randint(0, 5))]
    parts = [
        [(rng.choice(["in", "near", "to"]), 0), (rng.choice(CITIES), 1)],
        [(rng.choice(["on", "for"]), 0), (rng.choice(DAYS), 2)],
        [(rng.choice(["eat", "order", "with"]), 0), (rng.choice(DISHES), 3)],
    ]
    for part in rng.sample(parts, rng.randint(1, 3)):
        out += part
        out += [(rng.choice(FILL), 0) for _ in range(rng.randint(0, 3))]
    if rng.random() < 0.4:
        kind = rng.choice([(CITIES, 1), (DISHES, 3)])
        out += [(rng.choice(kind[0]), kind[1])]
    return out


class Requests(Dataset):
    def __init__(self, n, seed):
        rng = random.Random(seed)
        self.data = [sentence(rng) for _ in range(n)]

    def __len__(self):
        return len(self.data)

    def __getitem__(self, i):
        row = self.data[i]
        return torch.tensor([ID[w] for w, _ in row]), torch.tensor([t for _, t in row])


def collate(batch):
    xs, ys = zip(*batch, strict=True)
    return pad_sequence(xs, batch_first=True), pad_sequence(ys, batch_first=True, padding_value=-100)


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(len(WORDS) + 1, 24, padding_idx=0)
        self.drop = nn.Dropout(0.2)
        self.rnn = nn.GRU(24, 24, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(48, len(TAGS))

    def forward(self, x):
        lengths = (x != 0).sum(1).cpu()
        packed = pack_padded_sequence(self.drop(self.emb(x)), lengths, batch_first=True, enforce_sorted=False)
        h, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True, total_length=x.shape[1])
        return self.fc(h).transpose(1, 2)
