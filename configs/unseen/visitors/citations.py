"""A graph convolution after Kipf and Welling on a made-up citation graph; a sample is the number of a paper."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

FIELDS, PAPERS, WORDS = 6, 900, 200


def make_graph():
    g = torch.Generator().manual_seed(2016)
    field = torch.randint(0, FIELDS, (PAPERS,), generator=g)
    same = field[:, None] == field[None, :]
    p = torch.where(same, 0.024, 0.0012)
    upper = torch.triu(torch.rand(PAPERS, PAPERS, generator=g) < p, 1)
    adj = (upper | upper.T).float() + torch.eye(PAPERS)
    d = adj.sum(1).rsqrt()
    topics = 0.02 + 0.09 * (torch.rand(FIELDS, WORDS, generator=g) < 0.15)
    words = (torch.rand(PAPERS, WORDS, generator=g) < topics[field]).float()
    words = words / words.sum(1, keepdim=True).clamp(min=1)
    order = torch.randperm(PAPERS, generator=g)
    return d[:, None] * adj * d[None, :], words, field, order


A_HAT, X, Y, ORDER = make_graph()


def papers(split):
    chosen = ORDER[:360] if split == "train" else ORDER[360:]
    return TensorDataset(chosen, Y[chosen])


class GCN(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.register_buffer("a_hat", A_HAT, persistent=False)
        self.register_buffer("x", X, persistent=False)
        self.w0 = nn.Linear(WORDS, hidden, bias=False)
        self.w1 = nn.Linear(hidden, FIELDS, bias=False)
        self.dropout = nn.Dropout(0.5)

    def forward(self, nodes):
        h = torch.relu(self.a_hat @ self.w0(self.dropout(self.x)))
        return (self.a_hat @ self.w1(self.dropout(h)))[nodes]
