"""Which team should a support ticket go to? A two-layer transformer over made-up tickets."""

import math
import random

import torch
from torch import nn

PAD, CLS = 0, 1
TEAMS = (
    "billing",
    "login",
    "shipping",
    "returns",
    "hardware",
    "network",
    "privacy",
    "legal",
    "sales",
    "careers",
)
TOPIC_WORDS = 10
FILLER = 160
VOCAB = 2 + FILLER + TOPIC_WORDS * len(TEAMS)
LENGTH = 24


def make_ticket(rng, team):
    words = []
    for _ in range(rng.randint(10, LENGTH - 1)):
        u = rng.random()
        if u < 0.28:
            words.append(2 + FILLER + team * TOPIC_WORDS + int(TOPIC_WORDS * rng.random() ** 2))
        elif u < 0.33:  # people mention other things too
            words.append(2 + FILLER + rng.randrange(TOPIC_WORDS * len(TEAMS)))
        else:
            words.append(2 + int(FILLER * rng.random() ** 2))
    return [CLS, *words] + [PAD] * (LENGTH - 1 - len(words))


class Tickets(torch.utils.data.Dataset):
    classes = TEAMS

    def __init__(self, size, seed):
        rng = random.Random(seed)
        self.labels = [rng.randrange(len(TEAMS)) for _ in range(size)]
        self.texts = [make_ticket(rng, y) for y in self.labels]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return torch.tensor(self.texts[i]), self.labels[i]


class TicketTransformer(nn.Module):
    def __init__(self, d_model=48, heads=4, layers=2, dropout=0.1):
        super().__init__()
        self.tok = nn.Embedding(VOCAB, d_model, padding_idx=PAD)
        self.pos = nn.Parameter(torch.randn(LENGTH, d_model) * 0.02)
        block = nn.TransformerEncoderLayer(
            d_model, heads, 4 * d_model, dropout, activation="gelu", batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(block, layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, len(TEAMS))

    def forward(self, ids):
        padding = ids == PAD
        x = self.tok(ids) + self.pos
        x = self.encoder(x, src_key_padding_mask=padding)
        return self.head(self.norm(x[:, 0]))


def warmup_cosine(optimizer, warmup, total):
    def factor(step):
        if step < warmup:
            return (step + 1) / warmup
        return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warmup) / (total - warmup))))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
