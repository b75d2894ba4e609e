"""From which way the wind will blow: an angle, so 359° and 1° are neighbours; von Mises likelihood with learnt sureness."""

import torch
from torch import nn
from torch.utils.data import TensorDataset


def stations(n, seed):
    g = torch.Generator().manual_seed(seed)
    east, north = torch.randn(n, generator=g), torch.randn(n, generator=g)
    turn = 0.8 * torch.tanh(torch.randn(n, generator=g))
    pressure = torch.randn(n, generator=g)
    speed = (east**2 + north**2).sqrt()
    spread = 0.1 + 0.4 * torch.exp(-speed)
    angle = (
        torch.atan2(north, east)
        + turn * (1 + 0.5 * torch.tanh(pressure))
        + spread * torch.randn(n, generator=g)
    )
    x = torch.stack([east, north, turn, pressure, torch.randn(n, generator=g)], 1)
    return TensorDataset(x, torch.remainder(angle, 2 * torch.pi))


class Compass(nn.Module):
    """Two numbers: their direction is the guess, their length how sure it is."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(5, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, 2))

    def forward(self, x):
        return self.net(x)


class VonMises(nn.Module):
    def forward(self, arrow, angle):
        kappa = arrow.norm(dim=1)
        along = arrow[:, 0] * angle.cos() + arrow[:, 1] * angle.sin()
        log_i0 = torch.special.i0e(kappa).log() + kappa
        return (log_i0 + torch.log(torch.tensor(2 * torch.pi)) - along).mean()


class DegreesOff:
    def __init__(self):
        self.reset()

    def to(self, device):
        return self

    def reset(self):
        self.off, self.n = 0.0, 0

    def update(self, outputs, targets):
        gap = torch.atan2(outputs[:, 1], outputs[:, 0]) - targets
        self.off += float(torch.rad2deg(torch.atan2(gap.sin(), gap.cos()).abs()).sum())
        self.n += len(targets)

    def compute(self):
        return torch.tensor(self.off / max(self.n, 1))
