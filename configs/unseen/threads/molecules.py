"""Small random graphs with atoms as nodes; a graph network says which of five groups occur in each."""

import torch
from torch import nn
from torch.utils.data import Dataset

ATOMS = 6  # kinds
PATTERNS = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]  # a group is a bond between these kinds


class Graphs(Dataset):
    def __init__(self, size, seed, nodes=9):
        g = torch.Generator().manual_seed(seed)
        self.kinds = torch.randint(0, ATOMS, (size, nodes), generator=g)
        bonds = torch.rand(size, nodes, nodes, generator=g).triu(1) > 0.8
        self.adjacency = (bonds | bonds.transpose(1, 2)).float()
        onehot = nn.functional.one_hot(self.kinds, ATOMS).float()
        between = onehot.transpose(1, 2) @ self.adjacency @ onehot  # bonds between kinds
        self.y = torch.stack([(between[:, a, b] > 0).float() for a, b in PATTERNS], dim=1)
        self.x = onehot

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        return torch.cat([self.x[index], self.adjacency[index]], dim=1), self.y[index]


class SumConv(nn.Module):
    def __init__(self, fan_in, fan_out):
        super().__init__()
        self.own, self.others = nn.Linear(fan_in, fan_out), nn.Linear(fan_in, fan_out, bias=False)

    def forward(self, x, adjacency):
        return self.own(x) + self.others(adjacency @ x)


class GCN(nn.Module):
    def __init__(self, hidden_channels=32, exclusive=True):
        super().__init__()
        self.conv1 = SumConv(ATOMS, hidden_channels)
        self.conv2 = SumConv(hidden_channels, hidden_channels)
        self.lin = nn.Linear(hidden_channels, len(PATTERNS))
        self.final = nn.LogSoftmax(dim=1) if exclusive else nn.LogSigmoid()

    def forward(self, data):
        x, adjacency = data[..., :ATOMS], data[..., ATOMS:]
        x = torch.relu(self.conv1(x, adjacency))
        x = torch.relu(self.conv2(x, adjacency))
        return self.final(self.lin(x.sum(dim=1))).exp()
