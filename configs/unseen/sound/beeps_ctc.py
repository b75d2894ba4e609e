"""Reads a row of beeps of five pitches; nobody knows where each begins, so the loss is CTC."""

import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset


class Beeps(Dataset):
    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)

        def ri(a, b):
            return int(torch.randint(a, b, (1,), generator=g))

        self.items = []
        for _ in range(n):
            wave = 0.3 * torch.randn(160, generator=g)
            at, label = ri(2, 8), []
            while at < 140 and len(label) < 6:
                length, pitch = ri(12, 20), ri(0, 5)
                t = torch.arange(length).float()
                wave[at : at + length] += torch.sin(
                    (0.3 + 0.5 * pitch) * t + 6.28 * float(torch.rand(1, generator=g))
                )[: 160 - at] * math.sqrt(2)
                label.append(pitch + 1)
                at += length + ri(5, 12)
            self.items.append((wave, torch.tensor(label)))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def collate(rows):
    waves = torch.stack([w for w, _ in rows])[:, None]
    return waves, torch.cat([y for _, y in rows]), torch.tensor([len(y) for _, y in rows])


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv1d(1, 32, 9, padding=4),
            nn.BatchNorm1d(32),
            nn.ReLU(),
            nn.MaxPool1d(2),
            nn.Conv1d(32, 32, 7, padding=3, stride=2),
            nn.BatchNorm1d(32),
            nn.ReLU(),
            nn.Conv1d(32, 32, 5, padding=2),
            nn.ReLU(),
        )
        self.fc = nn.Conv1d(32, 6, 5, padding=2)

    def forward(self, x):
        return F.log_softmax(self.fc(self.net(x)).permute(2, 0, 1), dim=2)


def ctc_step(model, batch, ctc):
    waves, labels, lengths = batch
    logp = model(waves)
    return ctc(logp, labels, torch.full((len(waves),), logp.shape[0]), lengths)
