"""Tell whistles apart from spectrograms of different length: packed sequences and an LSTM."""

import random

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import Dataset

WHISTLES = ["up", "down", "level", "warble"]


def whistle(rng, label):
    """Return one spectrogram [T, 20]."""
    T = rng.randint(12, 30)
    t = np.linspace(0, 1, T)
    start, slope = rng.uniform(7, 12), rng.uniform(4, 7)
    track = {
        0: start - slope / 2 + slope * t,
        1: start + slope / 2 - slope * t,
        2: start + 0 * t,
        3: start + slope / 2 * np.sin(2 * np.pi * rng.uniform(2, 3) * t + rng.uniform(0, 6)),
    }[label]
    spec = np.exp(-0.5 * (np.arange(20)[None] - track[:, None]) ** 2) * rng.uniform(1, 2)
    noise = np.random.default_rng(rng.randrange(10**9)).normal(0, 0.25, spec.shape)
    return (spec + noise).astype(np.float64)


class WhistleSet(Dataset):
    classes = tuple(WHISTLES)

    def __init__(self, n, seed):
        rng = random.Random(seed)
        self.y = [rng.randrange(4) for _ in range(n)]
        self.x = [torch.tensor(whistle(rng, label)).float() for label in self.y]

    def __len__(self):
        return len(self.y)

    def __getitem__(self, index):
        return {"audio": self.x[index], "label": self.y[index]}


def collate_fn(batch, labels_of="sorted"):
    """Pad to the longest, longest first, as the packing wants it."""
    labels = [sample["label"] for sample in batch]
    lengths = torch.tensor([len(sample["audio"]) for sample in batch])
    lengths, order = lengths.sort(descending=True)
    audio = pad_sequence([batch[i]["audio"] for i in order.tolist()], batch_first=True)
    labels = torch.LongTensor(labels)
    if labels_of == "sorted":
        labels = labels[order]
    return {"audio": audio, "lengths": lengths, "label": labels}


class WhistleLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(20, 32, num_layers=1, batch_first=True)
        self.hidden2label = nn.Linear(32, 4)

    def forward(self, audio, lengths):
        packed = pack_padded_sequence(audio, lengths.cpu(), batch_first=True)
        _, (ht, _ct) = self.lstm(packed)
        return self.hidden2label(ht[-1])


def step(model, batch, loss):
    scores = model(batch["audio"], batch["lengths"])
    return {"loss": loss(scores, batch["label"]), "outputs": scores, "targets": batch["label"]}
