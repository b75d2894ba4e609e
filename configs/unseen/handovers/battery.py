"""State of charge of a battery from a minute of voltage and current, after a paper's LSTM."""

import torch
from torch import nn
from torch.utils.data import TensorDataset


def simulate(cells, seed, seconds=30):
    g = torch.Generator().manual_seed(seed)
    charge = torch.rand(cells, generator=g) * 0.9 + 0.08
    resistance = 0.04 + 0.04 * torch.rand(cells, generator=g)
    current = torch.randn(cells, seconds, generator=g).cumsum(1) * 0.3
    current = current - current.mean(1, keepdim=True)
    used = (current / 400).cumsum(1)
    soc = charge[:, None] - used
    open_circuit = (
        3.2 + 0.7 * soc + 0.15 * torch.tanh((soc - 0.1) * 12) - 0.1 * torch.exp(-20 * (1 - soc).clamp(min=0))
    )
    voltage = open_circuit - resistance[:, None] * current + 0.01 * torch.randn(cells, seconds, generator=g)
    signals = torch.stack([(voltage - 3.7) / 0.25, current], dim=2)
    return signals, (soc[:, -1:] - 0.5) * 4


def flights(n, seed):
    x, y = simulate(n, seed)
    return TensorDataset(x, y)


class SocNet(nn.Module):
    """Table 2 of the paper: LSTM, 32 units; dense, 16 units; linear."""

    def __init__(self, hidden=32):
        super().__init__()
        self.lstm = nn.LSTM(2, hidden, batch_first=True)
        self.head = nn.Sequential(nn.Linear(hidden, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, signals):
        _, (last, _) = self.lstm(signals)
        return self.head(last[-1])
