"""An echo state network foretells a chaotic series: ten thousand fixed random weights, a readout that learns."""

import torch
from torch import nn
from torch.utils.data import TensorDataset


def mackey_glass(n, delay=17):
    x = [1.2] * (delay + 1)
    for _ in range(n):
        x.append(x[-1] + 0.2 * x[-1 - delay] / (1 + x[-1 - delay] ** 10) - 0.1 * x[-1])
    return torch.tensor(x[delay + 1 :])


def windows(first, last, length=30, ahead=6):
    """Windows of a stretch of the series, and what comes `ahead` steps after each."""
    series = mackey_glass(last + length + ahead + 300)[300:] - 0.93
    cut = series.unfold(0, length, 1)[first:last]
    later = series[first + length + ahead - 1 : last + length + ahead - 1]
    return TensorDataset(cut.unsqueeze(2), later.unsqueeze(1))


class EchoState(nn.Module):
    def __init__(self, size=100, kept=40, radius=0.9, leak=0.5):
        super().__init__()
        g = torch.Generator().manual_seed(5)
        inward = torch.rand(size, 1, generator=g) * 2 - 1
        inner = torch.randn(size, size, generator=g) * (torch.rand(size, size, generator=g) < 0.1)
        inner = inner * radius / torch.linalg.eigvals(inner).abs().max()
        self.inward = nn.Parameter(inward, requires_grad=False)
        self.inner = nn.Parameter(inner, requires_grad=False)
        self.leak = leak
        warm = self.states(windows(0, 400).tensors[0])
        self.register_buffer("mean", warm.mean(0))
        _, strength, axes = torch.linalg.svd((warm - self.mean).double(), full_matrices=False)
        self.register_buffer("whiten", (axes[:kept].T / strength[:kept] * len(warm) ** 0.5).float())
        self.readout = nn.Linear(kept, 1)

    @torch.no_grad()
    def states(self, x):
        h = x.new_zeros(len(x), len(self.inward))
        for t in range(x.shape[1]):
            h = (1 - self.leak) * h + self.leak * torch.tanh(x[:, t] @ self.inward.T + h @ self.inner.T)
        return h

    def forward(self, x):
        return self.readout((self.states(x) - self.mean) @ self.whiten)
