"""Slides as bags of cells: ill if any cell is; attention over bags of any size, packed end to end without padding."""

import torch
from torch import nn
from torch.utils.data import Dataset


class Slides(Dataset):
    classes = ("well", "ill")

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        centre = torch.randn(12, generator=torch.Generator().manual_seed(77))
        self.bags, self.labels = [], []
        for i in range(n):
            cells = torch.randn(int(torch.randint(6, 25, (), generator=g)), 12, generator=g)
            ill = i % 2
            if ill:
                some = int(torch.randint(2, 5, (), generator=g))
                cells[:some] = 0.5 * cells[:some] + 1.4 * centre
            self.bags.append(cells[torch.randperm(len(cells), generator=g)])
            self.labels.append(ill)

    def __len__(self):
        return len(self.bags)

    def __getitem__(self, i):
        return self.bags[i], self.labels[i]


def pack(samples):
    bags, labels = zip(*samples, strict=True)
    owner = torch.repeat_interleave(torch.arange(len(bags)), torch.tensor([len(bag) for bag in bags]))
    return (torch.cat(bags), owner), torch.tensor(labels, dtype=torch.float32)


class AttentionMIL(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.cell = nn.Sequential(nn.Linear(12, d), nn.ReLU())
        self.V, self.U, self.w = nn.Linear(d, 16), nn.Linear(d, 16), nn.Linear(16, 1)
        self.slide = nn.Linear(d, 1)

    def forward(self, packed):
        cells, owner = packed
        n = int(owner.max()) + 1
        h = self.cell(cells)
        a = self.w(torch.tanh(self.V(h)) * torch.sigmoid(self.U(h))).exp()
        total = torch.zeros(n, 1, device=a.device).index_add(0, owner, a)
        pooled = torch.zeros(n, h.shape[1], device=a.device).index_add(0, owner, a * h) / total
        return self.slide(pooled).squeeze(1)
