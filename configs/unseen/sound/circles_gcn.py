"""Which circle of friends each person of a small network belongs to; a graph net on dense adjacency matrices."""

import torch
from torch import nn
from torch.utils.data import Dataset

N = 24


class Networks(Dataset):
    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.labels = torch.randint(3, (n, N), generator=g)
        same = self.labels[:, :, None] == self.labels[:, None, :]
        upper = torch.triu(torch.rand(n, N, N, generator=g) < torch.where(same, 0.6, 0.06), 1)
        self.adj = (upper | upper.transpose(1, 2)).float()
        hobby = torch.nn.functional.one_hot(self.labels, 3).float()
        self.feats = 0.7 * hobby + 0.8 * torch.randn(n, N, 3, generator=g)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return torch.cat([self.adj[i], self.feats[i]], 1), self.labels[i]


class GraphNet(nn.Module):
    def __init__(self, width=48, layers=3):
        super().__init__()
        self.enter = nn.Linear(3, width)
        self.mix = nn.ModuleList([nn.Linear(3 * width, width) for _ in range(layers)])
        self.leave = nn.Linear(width, 3)

    def forward(self, packed):
        adj, h = packed[:, :, :N], self.enter(packed[:, :, N:])
        for layer in self.mix:
            friends = adj @ h / 5
            everyone = h.mean(1, keepdim=True).expand_as(h)
            h = h + torch.relu(layer(torch.cat([h, friends, everyone], 2)))
        return self.leave(h).transpose(1, 2)
