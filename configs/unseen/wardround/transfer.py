"""Fine-tuning: a body trained on the digits 0 to 5 stays frozen, a new head learns 6 to 9 from a few samples."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset

from cnndoctor.datasets import digits

OLD, NEW = (0, 1, 2, 3, 4, 5), (6, 7, 8, 9)


def body():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1, stride=2),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.Conv2d(32, 32, 3, padding=1),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
    )


def pretrained(epochs=5):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(314)
        net = nn.Sequential(body(), nn.Linear(128, len(OLD)))
        pairs = [(x, OLD.index(int(y))) for x, y in digits("train") if int(y) in OLD]
        x, y = torch.stack([p[0] for p in pairs]), torch.tensor([p[1] for p in pairs])
        optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
        for _ in range(epochs):
            for idx in torch.randperm(len(x)).split(32):
                optimizer.zero_grad()
                F.cross_entropy(net(x[idx]), y[idx]).backward()
                optimizer.step()
    return net[0].eval()


class NewDigits(Dataset):
    classes = ("6", "7", "8", "9")

    def __init__(self, split, limit=None):
        self.items = [(x, NEW.index(int(y))) for x, y in digits(split) if int(y) in NEW][:limit]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


class FineTuned(nn.Module):
    def __init__(self, dropout=0.2):
        super().__init__()
        self.body = pretrained()
        for p in self.body.parameters():
            p.requires_grad = False
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(128, 4))

    def train(self, mode=True):
        super().train(mode)
        self.body.eval()  # its statistics are those it was trained with
        return self

    def forward(self, x):
        with torch.no_grad():
            features = self.body(x)
        return self.head(features)


def head_only(model, lr, **kw):
    return torch.optim.SGD(filter(lambda p: p.requires_grad, model.parameters()), lr=lr, **kw)
