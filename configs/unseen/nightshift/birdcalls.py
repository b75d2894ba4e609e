"""Name the bird in a clip of log-mel frames; the frames are pooled by attention."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import TensorDataset

BIRDS = ["wren", "robin", "dunnock", "siskin", "serin"]
FRAMES, MELS = 80, 20


def make_clips(n, seed):
    voices = torch.Generator().manual_seed(77)
    templates = torch.randn(len(BIRDS), 4, MELS, generator=voices)
    g = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, len(BIRDS), (n,), generator=g)
    clips = 0.9 * torch.randn(n, FRAMES, MELS, generator=g)
    for i in range(n):
        start = int(torch.randint(0, FRAMES - 4, (1,), generator=g))
        loud = 1.0 + 0.4 * torch.rand(1, generator=g)
        clips[i, start : start + 4] += loud * templates[labels[i]]
    dataset = TensorDataset(clips, labels)
    dataset.classes = BIRDS
    return dataset


class AttnPool(nn.Module):
    def __init__(self, dim, axis):
        super().__init__()
        self.proj = nn.Linear(dim, dim)
        self.score = nn.Linear(dim, 1, bias=False)
        self.axis = axis

    def forward(self, h):
        e = self.score(torch.tanh(self.proj(h)))
        a = F.softmax(e, dim=self.axis)
        return (a * h).sum(dim=1)


class BirdNet(nn.Module):
    def __init__(self, hidden=32, axis=-1):
        super().__init__()
        self.frame = nn.Sequential(nn.Linear(MELS, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.Tanh())
        self.pool = AttnPool(hidden, axis)
        self.out = nn.Linear(hidden, len(BIRDS))

    def forward(self, clip):
        return self.out(self.pool(self.frame(clip)))
