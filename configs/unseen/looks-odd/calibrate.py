import torch
from torch import nn
from torch.utils.data import TensorDataset


def probe_readings(n, seed):
    """Amplitude, frequency and phase of a probe, the position, and what it reads there (in microvolt)."""
    gen = torch.Generator().manual_seed(seed)
    amplitude = 0.5 + torch.rand(n, 1, generator=gen)
    frequency = 1 + 2 * torch.rand(n, 1, generator=gen)
    phase = 6.2832 * torch.rand(n, 1, generator=gen)
    x = 2 * torch.rand(n, 1, generator=gen) - 1
    reading = amplitude * torch.sin(frequency * x + phase) + 0.03 * torch.randn(n, 1, generator=gen)
    # the phase is an angle: as sine and cosine
    return TensorDataset(torch.cat([amplitude, frequency - 2, phase.sin(), phase.cos(), x], 1), reading)


class HyperNet(nn.Module):
    """One network writes the weights of another, sample by sample."""

    def __init__(self, width=12):
        super().__init__()
        self.width = width
        self.writer = nn.Sequential(nn.Linear(4, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU())
        self.weights = nn.Linear(64, 3 * width + 1)

    def forward(self, rows):
        context, x = rows[:, :4], rows[:, 4:]
        w = self.weights(self.writer(context))
        first, bias, second, last = w.split([self.width, self.width, self.width, 1], dim=1)
        hidden = torch.tanh(first * x + bias)
        return (hidden * second).sum(1, keepdim=True) + last
