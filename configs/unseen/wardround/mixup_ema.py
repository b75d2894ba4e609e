"""Digits with mixup, label smoothing and an exponential moving average of the weights for evaluation."""

import copy

import torch
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, c=16):
        super().__init__()
        self.f = nn.Sequential(
            nn.Conv2d(1, c, 3, padding=1), nn.GroupNorm(4, c), nn.GELU(),
            nn.Conv2d(c, 2 * c, 3, stride=2, padding=1), nn.GroupNorm(4, 2 * c), nn.GELU(),
            nn.Conv2d(2 * c, 2 * c, 3, padding=1), nn.GroupNorm(4, 2 * c), nn.GELU(),
            nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(8 * c, 10),
        )  # fmt: skip

    def forward(self, x):
        return self.f(x)


class WithEMA(nn.Module):
    """Trains the net, evaluates with its average."""

    def __init__(self, net, decay=0.97):
        super().__init__()
        self.net = net
        self.ema = copy.deepcopy(net).requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self):
        for slow, fast in zip(self.ema.parameters(), self.net.parameters(), strict=False):
            slow.lerp_(fast, 1 - self.decay)

    def forward(self, x):
        return self.net(x) if self.training else self.ema(x)


class Recipe:
    def __init__(self, alpha=0.2):
        self.beta = torch.distributions.Beta(alpha, alpha)

    def __call__(self, model, batch, criterion):
        x, y = batch
        if not model.training:
            out = model(x)
            return {"loss": criterion(out, y), "outputs": out, "targets": y}
        model.update()  # the weights that the last step left
        lam = self.beta.sample().item()
        other = torch.randperm(len(x), device=x.device)
        out = model(lam * x + (1 - lam) * x[other])
        return lam * criterion(out, y) + (1 - lam) * criterion(out, y[other])
