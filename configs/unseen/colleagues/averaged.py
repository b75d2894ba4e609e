"""Five spiral arms in eight features, evaluated with an exponential moving average of the weights."""

import copy
import math

import torch
from torch import nn
from torch.utils.data import TensorDataset


def spirals(n, seed, arms=5):
    mixing = torch.randn(2, 8, generator=torch.Generator().manual_seed(0))
    g = torch.Generator().manual_seed(seed)
    y = torch.randint(arms, (n,), generator=g)
    r = 0.2 + 1.3 * torch.rand(n, generator=g)
    angle = 2 * math.pi * y / arms + 1.6 * r
    xy = torch.stack([r * angle.cos(), r * angle.sin()], 1) + 0.04 * torch.randn(n, 2, generator=g)
    return TensorDataset(xy @ mixing + 0.05 * torch.randn(n, 8, generator=g), y)


class WithEMA(nn.Module):
    def __init__(self, decay, hidden=64):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(8, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, 5)
        )
        self.ema = copy.deepcopy(self.net).requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self):
        for slow, fast in zip(self.ema.parameters(), self.net.parameters(), strict=True):
            slow.lerp_(fast, 1 - self.decay)

    def forward(self, x):
        return self.net(x) if self.training else self.ema(x)


def ema_step(model, batch, loss):
    features, labels = batch
    if model.training:
        model.update()
    outputs = model(features)
    return {"loss": loss(outputs, labels), "outputs": outputs, "targets": labels}
