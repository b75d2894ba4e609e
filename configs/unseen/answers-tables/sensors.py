"""A network of weather sensors as a small dense graph: what a sensor should read, from what its neighbours read."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import TensorDataset


def sensor_graphs(graphs, seed, nodes=14):
    """Features [N, 4] (two kinds, a reading, height), adjacency [N, N] and the wanted reading [N] of each graph."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 2, (graphs, nodes))
    reading, height = rng.normal(size=(2, graphs, nodes))
    density = rng.uniform(0.08, 0.5, (graphs, 1, 1))
    half = np.triu(rng.random((graphs, nodes, nodes)) < density, 1)
    adjacency = half | half.transpose(0, 2, 1) | np.eye(nodes, dtype=bool)
    trust = adjacency * np.where(kind == 1, 3.0, 0.5)[:, None, :]
    target = (trust * reading[:, None, :]).sum(2) / trust.sum(2) + 0.3 * np.tanh(height)
    target += rng.normal(0, 0.03, target.shape)
    features = np.stack([kind, 1 - kind, reading, height], -1)
    return TensorDataset(*(torch.from_numpy(array).float() for array in (features, adjacency, target)))


class GraphAttentionLayer(nn.Module):
    def __init__(self, in_features, out_features, axis):
        super().__init__()
        self.W = nn.Linear(in_features, out_features, bias=False)
        self.a1 = nn.Linear(out_features, 1, bias=False)
        self.a2 = nn.Linear(out_features, 1, bias=False)
        self.leakyrelu = nn.LeakyReLU(0.2)
        self.axis = axis

    def forward(self, h, adj):
        Wh = self.W(h)
        e = self.leakyrelu(self.a1(Wh) + self.a2(Wh).transpose(1, 2))
        e = torch.where(adj > 0, e, torch.full_like(e, -9e15))
        attention = F.softmax(e, dim=self.axis)
        return torch.matmul(attention, Wh)


class GAT(nn.Module):
    def __init__(self, nfeat=4, nhid=16, nheads=2, axis=2):
        super().__init__()
        self.attentions = nn.ModuleList(GraphAttentionLayer(nfeat, nhid, axis) for _ in range(nheads))
        self.own = nn.Linear(nfeat, nhid)
        self.out = nn.Sequential(nn.Linear(nhid * (nheads + 1), 32), nn.ELU(), nn.Linear(32, 1))

    def forward(self, x, adj):
        heads = [F.elu(att(x, adj)) for att in self.attentions]
        x = torch.cat([*heads, F.elu(self.own(x))], dim=-1)
        return self.out(x).squeeze(-1)


def train_step(model, batch, loss):
    x, adj, y = batch
    output = model(x, adj)
    return {"loss": loss(output, y), "outputs": output, "targets": y}
