"""Spoken-keyword toy: six kinds of chirp in noise, a strided 1-D CNN with a normalised embedding."""

import math

import torch
from torch import nn
from torch.utils.data import TensorDataset

SAMPLES = 160


def recordings(count, seed):
    g = torch.Generator().manual_seed(seed)
    time = torch.linspace(0, 1, SAMPLES)
    waves, labels = [], []
    for i in range(count):
        kind = i % 6
        base = (6.0, 13.0)[kind % 2] + 2 * torch.rand(1, generator=g)
        sweep = (0.0, 9.0, -5.0)[kind // 2]
        phase = 2 * math.pi * torch.rand(1, generator=g)
        gain = 0.4 + 1.2 * torch.rand(1, generator=g)
        wave = gain * torch.sin(2 * math.pi * (base * time + 0.5 * sweep * time**2) + phase)
        waves.append(wave + 0.3 * torch.randn(SAMPLES, generator=g))
        labels.append(kind)
    return TensorDataset(torch.stack(waves).unsqueeze(1), torch.tensor(labels))


class KeywordNet(nn.Module):
    def __init__(self, n_keywords=6, emb=32):
        super().__init__()
        self.frontend = nn.Sequential(
            nn.Conv1d(1, 16, 11, stride=2, padding=5), nn.BatchNorm1d(16), nn.ReLU()
        )
        self.body = nn.Sequential(
            nn.Conv1d(16, 32, 7, stride=2, padding=3),
            nn.BatchNorm1d(32),
            nn.ReLU(),
            nn.MaxPool1d(4),
        )
        self.embed = nn.Sequential(nn.Flatten(), nn.Linear(32 * 10, emb), nn.BatchNorm1d(emb), nn.ReLU())
        self.out = nn.Linear(emb, n_keywords)

    def forward(self, audio):
        return self.out(self.embed(self.body(self.frontend(audio))))
