"""Write a number out in words: encoder and decoder are GRUs, the decoder is shown the right words so far."""

import random

import torch
from torch import nn
from torch.utils.data import TensorDataset

ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
ONES += [
    "ten",
    "eleven",
    "twelve",
    *(n + "teen" for n in ("thir", "four", "fif", "six", "seven", "eigh", "nine")),
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
VOCAB = ["<pad>", "<s>", "</s>", "hundred", "thousand", "and", *ONES, *TENS]
WORD = {w: i for i, w in enumerate(VOCAB)}


def words(n):
    if n >= 1000:
        rest = n % 1000
        return [
            *words(n // 1000),
            "thousand",
            *(["and"] if 0 < rest < 100 else []),
            *(words(rest) if rest else []),
        ]
    if n >= 100:
        return [ONES[n // 100], "hundred", *(["and", *words(n % 100)] if n % 100 else [])]
    if n >= 20:
        return [TENS[n // 10 - 2], *([ONES[n % 10]] if n % 10 else [])]
    return [ONES[n]]


def numbers(first, count):
    order = list(range(10000))
    random.Random(8).shuffle(order)
    src, tgt = [], []
    for n in order[first : first + count]:
        src.append([int(c) for c in f"{n:04d}"])
        ids = [1, *(WORD[w] for w in words(n)), 2]
        tgt.append(ids + [0] * (12 - len(ids)))
    return TensorDataset(torch.tensor(src), torch.tensor(tgt))


class Seq2Seq(nn.Module):
    def __init__(self, hidden=96):
        super().__init__()
        self.digits = nn.Embedding(10, 16)
        self.vocab = nn.Embedding(len(VOCAB), 24, padding_idx=0)
        self.encoder = nn.GRU(16, hidden, batch_first=True)
        self.decoder = nn.GRU(24, hidden, batch_first=True)
        self.out = nn.Linear(hidden, len(VOCAB))

    def forward(self, src, tgt_in):
        _, state = self.encoder(self.digits(src))
        hidden, _ = self.decoder(self.vocab(tgt_in), state)
        return self.out(hidden)


def train_step(model, batch, criterion):
    src, tgt = batch
    logits = model(src, tgt[:, :-1]).transpose(1, 2)
    return {"loss": criterion(logits, tgt[:, 1:]), "outputs": logits, "targets": tgt[:, 1:]}
