"""What does a question ask for? Convolutions over words, as in Kim's paper."""

import random

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset

WANTED = ["person", "place", "date", "number", "reason", "thing"]
VOCAB, LEN = 400, 16


class Questions(Dataset):
    classes = WANTED

    def __init__(self, n, seed):
        rng = random.Random(seed)
        self.rows = []
        for i in range(n):
            label = i % 6
            words = [rng.randrange(61, VOCAB) for _ in range(rng.randint(8, LEN))]
            for _ in range(3):  # words that hint at the answer; now and then at another one
                hint = label if rng.random() < 0.92 else rng.randrange(6)
                words[rng.randrange(len(words))] = 1 + 10 * hint + rng.randrange(10)
            self.rows.append((words + [0] * (LEN - len(words)), label))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        words, label = self.rows[i]
        return torch.tensor(words), label


class CNN_Text(nn.Module):
    def __init__(self, D=32, Co=16, Ks=(2, 3, 4), always=True):
        super().__init__()
        self.always = always
        self.embed = nn.Embedding(VOCAB, D, padding_idx=0)
        self.convs1 = nn.ModuleList([nn.Conv2d(1, Co, (K, D)) for K in Ks])
        self.fc1 = nn.Linear(len(Ks) * Co, len(WANTED))

    def forward(self, x):
        training = self.always or self.training
        x = self.embed(x).unsqueeze(1)  # (N, 1, W, D)
        x = F.dropout(x, p=0.3, training=training)
        x = [F.relu(conv(x)).squeeze(3) for conv in self.convs1]
        x = [F.max_pool1d(i, i.size(2)).squeeze(2) for i in x]
        x = torch.cat(x, 1)
        x = F.dropout(x, p=0.5, training=training)
        return self.fc1(x)
