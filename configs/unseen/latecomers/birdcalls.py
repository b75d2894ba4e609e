"""Birds by the spectrum of their call; a TensorFlow 1 program with placeholders and keep_prob, once."""

import torch
import torch.nn as nn
from torch.utils.data import Dataset

NUM_BINS = 48
NUM_BIRDS = 8


class Calls(Dataset):
    classes = ("wren", "tit", "robin", "finch", "crow", "swift", "jay", "owl")

    def __init__(self, num, seed):
        g = torch.Generator().manual_seed(seed)
        bins = torch.arange(NUM_BINS).float()
        self.labels = torch.randint(0, NUM_BIRDS, (num,), generator=g)
        base = 6.0 + 2.2 * self.labels.float() + 0.45 * torch.randn(num, generator=g)
        spectra = torch.zeros(num, NUM_BINS)
        for k in (1, 2, 3):
            strength = (0.5 + torch.rand(num, 1, generator=g)) / k
            spectra += strength * torch.exp(-0.5 * ((bins - base[:, None] * k / 1.5) / 1.5) ** 2)
        self.spectra = spectra + 0.1 * torch.randn(num, NUM_BINS, generator=g)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return self.spectra[i], self.labels[i]


class CallNet(nn.Module):
    def __init__(self, rate, hidden1=64, hidden2=48):
        super().__init__()
        self.hidden1 = nn.Linear(NUM_BINS, hidden1)
        self.drop1 = nn.Dropout(rate)
        self.hidden2 = nn.Linear(hidden1, hidden2)
        self.drop2 = nn.Dropout(rate)
        self.softmax_linear = nn.Linear(hidden2, NUM_BIRDS)

    def forward(self, x):
        x = self.drop1(torch.relu(self.hidden1(x)))
        x = self.drop2(torch.relu(self.hidden2(x)))
        return self.softmax_linear(x)
