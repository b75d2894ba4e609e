"""Genre of a text snippet of very different lengths: token ids, bucketed by length, masked mean over a small conv."""

import random

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset, Sampler

GENRES = ["tweet", "ad", "news", "essay"]


class Snippets(Dataset):
    def __init__(self, n, seed):
        rnd = random.Random(seed)
        self.data = []
        for _ in range(n):
            g = rnd.randrange(4)
            length = max(4, int(rnd.gauss((8, 14, 20, 26)[g], 5)))
            tokens = [
                1 + 10 * g + rnd.randrange(10) if rnd.random() < 0.4 else rnd.randrange(1, 61)
                for _ in range(length)
            ]
            self.data.append((torch.tensor(tokens), g))

    def __len__(self):
        return len(self.data)

    def __getitem__(self, i):
        return self.data[i]


class BucketBatchSampler(Sampler):
    def __init__(self, dataset, batch_size, shuffle=False):
        lengths = [len(tokens) for tokens, _ in dataset]
        order = sorted(range(len(lengths)), key=lengths.__getitem__)
        self.batches = [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
        self.shuffle = shuffle

    def __iter__(self):
        batches = list(self.batches)
        if self.shuffle:
            batches = [batches[i] for i in torch.randperm(len(batches))]
        yield from batches

    def __len__(self):
        return len(self.batches)


def collate(batch):
    tokens, genres = zip(*batch, strict=True)
    return pad_sequence(tokens, batch_first=True), torch.tensor(genres)


class GenreNet(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.emb = nn.Embedding(61, dim, padding_idx=0)
        self.hid = nn.Linear(dim, dim)
        self.fc = nn.Linear(dim, 4)

    def forward(self, tokens):
        mask = (tokens != 0).float().unsqueeze(-1)
        h = torch.relu(self.hid(self.emb(tokens))) * mask
        return self.fc(h.sum(1) / mask.sum(1).clamp(min=1))
