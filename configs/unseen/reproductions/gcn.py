"""A dense GCN tells which process made a small graph."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset

N = 16


def ring(g):
    a = torch.zeros(N, N)
    for i in range(N):
        a[i, (i + 1) % N] = 1
    return a


def hub(g):
    a = torch.zeros(N, N)
    a[0, 1:] = (torch.rand(N - 1, generator=g) < 0.8).float()
    a[1, 2:] = (torch.rand(N - 2, generator=g) < 0.3).float()
    return a


def blocks(g):
    a = torch.zeros(N, N)
    a[:6, :6] = (torch.rand(6, 6, generator=g) < 0.8).float()
    a[6:11, 6:11] = (torch.rand(5, 5, generator=g) < 0.8).float()
    return a


def grid(g):
    a = torch.zeros(N, N)
    for i in range(N):
        if i % 4 < 3:
            a[i, i + 1] = 1
        if i < 12:
            a[i, i + 4] = 1
    return a


class Graphs(Dataset):
    classes = ("ring", "hub", "blocks", "grid")

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.rows = []
        for i in range(n):
            a = [ring, hub, blocks, grid][i % 4](g)
            extra = (torch.rand(N, N, generator=g) < 0.03).float()
            a = ((a + extra + (a + extra).t()) > 0).float()
            a.fill_diagonal_(0)
            p = torch.randperm(N, generator=g)
            a = a[p][:, p]
            degree = F.one_hot(a.sum(1).long().clamp(max=9), 10).float()
            self.rows.append((torch.cat([degree, a], dim=1), i % 4))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return self.rows[i]


class GCN(nn.Module):
    def __init__(self, nhid=16, dropout=0.6, functional=False):
        super().__init__()
        self.gc1 = nn.Linear(10, nhid)
        self.gc2 = nn.Linear(nhid, nhid)
        self.out = nn.Linear(nhid, 4)
        self.dropout, self.functional = dropout, functional

    def drop(self, x):
        if self.functional:
            return F.dropout(x, self.dropout)
        return F.dropout(x, self.dropout, training=self.training)

    def forward(self, graph):
        x, adj = graph[..., :10], graph[..., 10:]
        adj = adj + torch.eye(N)
        adj = adj / adj.sum(-1, keepdim=True)
        x = F.relu(self.gc1(adj @ x))
        x = self.drop(x)
        x = F.relu(self.gc2(adj @ x))
        x = self.drop(x.mean(dim=1))
        return F.log_softmax(self.out(x), dim=1)
