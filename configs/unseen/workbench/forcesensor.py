"""Calibration of a six-axis force sensor: from strain-gauge voltages to forces and torques, on a test bench."""

import torch
from torch import nn
from torch.utils.data import Dataset


class Bench(Dataset):
    """One entry per load: voltages in mV [6], and loads [6] in N and N m, in double precision."""

    def __init__(self, loads, seed):
        world = torch.Generator().manual_seed(6)
        mixing, _ = torch.linalg.qr(torch.randn(6, 6, generator=world, dtype=torch.float64))
        bend = 0.06 * torch.randn(6, 6, generator=world, dtype=torch.float64)
        g = torch.Generator().manual_seed(seed)
        unit = torch.rand(loads, 6, generator=g, dtype=torch.float64) * 2 - 1
        self.loads = unit * torch.tensor([200.0, 200, 400, 10, 10, 10], dtype=torch.float64)
        strain = unit @ mixing
        volts = (
            strain + strain.square() @ bend + 0.004 * torch.randn(loads, 6, generator=g, dtype=torch.float64)
        )
        self.volts = 3.0 * volts + 0.4

    def __len__(self):
        return len(self.loads)

    def __getitem__(self, index):
        return self.volts[index], self.loads[index]


class Calibration(nn.Module):
    """A linear map plus a small network for what is not linear; in units of the full scale inside."""

    def __init__(self, hidden=16):
        super().__init__()
        self.register_buffer("full_scale", torch.tensor([200.0, 200, 400, 10, 10, 10]))
        self.linear = nn.Linear(6, 6)
        self.bend = nn.Sequential(nn.Linear(6, hidden), nn.Tanh(), nn.Linear(hidden, 6))
        nn.init.zeros_(self.bend[-1].weight)
        self.double()

    def forward(self, volts):
        x = volts / 3
        return (self.linear(x) + self.bend(x)) * self.full_scale


class ShareOfScale(nn.Module):
    """Mean squared error in per cent of each axis' full scale, squared."""

    def __init__(self):
        super().__init__()
        self.register_buffer("full_scale", torch.tensor([200.0, 200, 400, 10, 10, 10]))

    def forward(self, predicted, loads):
        return ((predicted - loads) / self.full_scale * 100).square().mean()
