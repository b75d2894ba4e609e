"""The next letter of simple tales, one GRU cell after another."""

import random

import torch
import torch.nn as nn
from torch.utils.data import Dataset

CHARS = "abcdefghijklmnopqrstuvwxyz .,"
NAMES = ["anna", "boris", "clara", "david", "elena", "frank"]
PLACES = ["harbour", "library", "mountain", "station", "village", "garden"]
THINGS = ["lantern", "violin", "basket", "mirror", "hammer", "candle"]


def tale(length, seed):
    rng = random.Random(seed)
    text = ""
    while len(text) < length:
        name, place, thing = rng.choice(NAMES), rng.choice(PLACES), rng.choice(THINGS)
        text += rng.choice(
            [
                f"{name} took the {thing} and {name} lost the {thing}. ",
                f"in the {place} {name} saw no {place}, said {name}. ",
                f"the {thing} of {name} is old, said {name}. ",
            ]
        )
    return text[:length]


class Tale(Dataset):
    def __init__(self, length, seed, seqLen=48, stride=32):
        self.ids = torch.tensor([CHARS.index(c) for c in tale(length, seed)])
        self.starts = range(0, length - seqLen - 1, stride)
        self.seqLen = seqLen

    def __len__(self):
        return len(self.starts)

    def __getitem__(self, i):
        s = self.starts[i]
        return self.ids[s : s + self.seqLen], self.ids[s + 1 : s + self.seqLen + 1]


class CharRNN(nn.Module):
    def __init__(self, hiddenSize=96, repackage=True):
        super().__init__()
        self.hiddenSize = hiddenSize
        self.repackage = repackage
        self.encoder = nn.Embedding(len(CHARS), 24)
        self.cell = nn.GRUCell(24, hiddenSize)
        self.decoder = nn.Linear(hiddenSize, len(CHARS))

    def initHidden(self, x):
        return torch.zeros(x.size(0), self.hiddenSize, device=x.device)

    def forward(self, x):
        hidden = self.initHidden(x)
        outputs = []
        for t in range(x.size(1)):
            if self.repackage:
                hidden = hidden.detach()
            hidden = self.cell(self.encoder(x[:, t]), hidden)
            outputs.append(self.decoder(hidden))
        return torch.stack(outputs, dim=2)
