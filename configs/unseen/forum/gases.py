"""Six gases from sixteen drifting sensors: a plain five-layer MLP."""

import torch
from torch import nn
from torch.utils.data import TensorDataset


def sensors(n, seed):
    g = torch.Generator().manual_seed(28)
    response = torch.randn(6, 16, generator=g)
    bend = torch.randn(6, 16, generator=g)
    g.manual_seed(seed)
    gas = torch.arange(n) % 6
    dose = 0.3 + torch.rand(n, 1, generator=g) * 1.7
    x = response[gas] * dose + 0.5 * bend[gas] * dose.square() + 0.6 * torch.randn(n, 16, generator=g)
    return TensorDataset(x / 1.5, gas)


def init_weights(m, std):
    if isinstance(m, nn.Linear):
        if std is None:
            nn.init.xavier_normal_(m.weight)
        else:
            nn.init.normal_(m.weight, mean=0.0, std=std)
        nn.init.zeros_(m.bias)


class GasNet(nn.Module):
    def __init__(self, std=None, width=64):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(16, width)] + [nn.Linear(width, width) for _ in range(3)])
        self.out = nn.Linear(width, 6)
        for m in self.modules():
            init_weights(m, std)

    def forward(self, x):
        for layer in self.layers:
            x = torch.tanh(layer(x))
        return self.out(x)
