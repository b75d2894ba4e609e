"""First thesis in bioinformatics: mark the binding sites in a piece of DNA, base by base."""

import random

import torch
from torch import nn
from torch.utils.data import Dataset

BASES = "ACGT"
SITES = {1: "TATAAATG", 2: "GGCCAATCT", 3: "CACGTGAC"}
LENGTH = 40


def piece(rng):
    bases, tags = [rng.choice(BASES) for _ in range(LENGTH)], [0] * LENGTH
    places = rng.sample(range(4), rng.randint(1, 3))
    for place in places:
        site = rng.choice(list(SITES))
        start = place * 10 + rng.randint(0, 1)
        for offset, base in enumerate(SITES[site]):
            bases[start + offset] = base if rng.random() > 0.03 else rng.choice(BASES)
            tags[start + offset] = site
    return "".join(bases), tags


class Genome(Dataset):
    classes = ("none", "TATA box", "CAAT box", "E box")

    def __init__(self, n, seed):
        rng = random.Random(seed)
        self.pieces = [piece(rng) for _ in range(n)]

    def __len__(self):
        return len(self.pieces)

    def __getitem__(self, i):
        bases, tags = self.pieces[i]
        return torch.tensor([BASES.index(b) for b in bases]), torch.tensor(tags)


class SiteTagger(nn.Module):
    def __init__(self, softmax_dim, init):
        super().__init__()
        self.emb = nn.Embedding(4, 8)
        self.rnn = nn.GRU(8, 24, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(48, 4)
        self.softmax = nn.LogSoftmax(dim=softmax_dim)
        self.init_weights(init)

    def init_weights(self, init):
        for name, weight in self.named_parameters():
            if "bias" in name:
                nn.init.zeros_(weight)
            elif init == "fixed":  # the same in every run
                nn.init.constant_(weight, 0.05)
            else:
                nn.init.xavier_uniform_(weight)

    def forward(self, dna):
        h, _ = self.rnn(self.emb(dna))
        return self.softmax(self.fc(h))


def tagging_step(model, batch, loss):
    dna, tags = batch
    log_probs = model(dna)  # [N, T, 4]
    log_probs = log_probs.transpose(1, 2)
    return {"loss": loss(log_probs, tags), "outputs": log_probs, "targets": tags}
