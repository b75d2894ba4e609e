"""How full is the tank? Stacked LSTM cells follow inflow and outflow over sixteen minutes."""

import torch
from torch import nn
from torch.utils.data import Dataset


class Tank(Dataset):
    def __init__(self, n, seed, column=True):
        g = torch.Generator().manual_seed(seed)
        valves = (torch.rand(n, 16, 3, generator=g) > 0.5).float()
        rates = torch.rand(n, 16, 3, generator=g)
        self.x = torch.cat([valves, rates], dim=2)
        level = torch.zeros(n)
        for t in range(16):
            flow = valves[:, t] * rates[:, t]
            level = (0.9 * level + 0.5 * flow[:, 0] + 0.3 * flow[:, 1] - 0.45 * flow[:, 2]).clamp(min=0)
        level = (level - level.mean()) / level.std()
        self.y = level.unsqueeze(1) if column else level

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class StackedCells(nn.Module):
    def __init__(self, hidden_size=24, num_layers=2, registered=True):
        super().__init__()
        self.hidden_size = hidden_size
        self.lstms = []
        for i in range(num_layers):
            self.lstms.append(nn.LSTMCell(6 if i == 0 else hidden_size, hidden_size))
        if registered:
            self.lstms = nn.ModuleList(self.lstms)
        self.linear1 = nn.Linear(hidden_size, hidden_size)
        self.linear2 = nn.Linear(hidden_size, 1)

    def forward(self, x):
        state = [None] * len(self.lstms)
        for t in range(x.size(1)):
            h = x[:, t]
            for i, cell in enumerate(self.lstms):
                state[i] = cell(h, state[i])
                h = state[i][0]
        return self.linear2(torch.relu(self.linear1(h)))
