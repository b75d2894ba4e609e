"""A wrist band's accelerometer: which of six gestures was made."""

import math

import torch
import torch.nn.functional as F
from torch import nn

GESTURES = ["wave", "circle left", "circle right", "knock", "shake", "still"]


def record(kind, g):
    t = torch.linspace(0, 2, 80)
    speed, phase = 1.0 + 0.6 * torch.rand(1, generator=g), 6.28 * torch.rand(1, generator=g)
    a = 2 * math.pi * speed * t + phase
    flat = torch.zeros(80)
    x, y, z = {
        "wave": (torch.sin(a), flat, 0.4 * torch.sin(a)),
        "circle left": (torch.sin(a), torch.cos(a), flat),
        "circle right": (torch.sin(a), -torch.cos(a), flat),
        "knock": (flat, flat, torch.relu(torch.sin(2 * a)) ** 4 * 2),
        "shake": (torch.sin(2 * a), 0.3 * torch.sin(2 * a), flat),
        "still": (flat, flat, flat),
    }[kind]
    size = 0.6 + 0.6 * torch.rand(1, generator=g)
    lean = 0.3 * torch.randn(3, 1, generator=g)
    return size * torch.stack([x, y, z]) + lean + 0.45 * torch.randn(3, 80, generator=g)


class GestureDataset(torch.utils.data.Dataset):
    classes = GESTURES

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.targets = torch.arange(n) % 6
        self.windows = torch.stack([record(GESTURES[k], g) for k in self.targets.tolist()])

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, index):
        return {"acc": self.windows[index], "gesture": self.targets[index]}


class GestureCNN(nn.Module):
    def __init__(self, p=0.3, functional=False):
        super().__init__()
        self.p, self.functional = p, functional
        self.conv1 = nn.Conv1d(3, 24, 7, stride=2)
        self.conv2 = nn.Conv1d(24, 32, 5, stride=2)
        self.fc1 = nn.Linear(32 * 17, 64)
        self.fc2 = nn.Linear(64, 6)

    def dropout(self, x):
        return F.dropout(x, self.p) if self.functional else F.dropout(x, self.p, self.training)

    def forward(self, x):
        x = self.dropout(torch.relu(self.conv1(x)))
        x = self.dropout(torch.relu(self.conv2(x)))
        x = self.dropout(torch.relu(self.fc1(x.flatten(1))))
        return self.fc2(x)
