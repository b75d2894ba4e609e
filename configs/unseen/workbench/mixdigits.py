"""Digits with mixup and an exponential moving average of the weights, which is what gets evaluated."""

import copy

import torch
from torch import nn
from torch.nn import functional as F


class Residual(nn.Module):
    def __init__(self, inner, outer, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
        self.norm1, self.norm2 = nn.GroupNorm(4, inner), nn.GroupNorm(4, outer)
        self.gain = nn.Parameter(torch.zeros(()))
        self.skip = nn.Identity() if inner == outer else nn.Conv2d(inner, outer, 1, stride, bias=False)

    def forward(self, x):
        y = self.conv1(F.relu(self.norm1(x)))
        return self.skip(x) + self.gain * self.conv2(F.relu(self.norm2(y)))


def network(width):
    return nn.Sequential(
        nn.Conv2d(1, width, 3, padding=1),
        Residual(width, width),
        Residual(width, 2 * width, 2),
        Residual(2 * width, 2 * width),
        nn.GroupNorm(4, 2 * width),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(2 * width, 10),
    )


class Averaged(nn.Module):
    """Trains one network and answers with the average of its weights over the last updates."""

    def __init__(self, width=16, decay=0.97):
        super().__init__()
        self.net = network(width)
        self.average = copy.deepcopy(self.net).requires_grad_(False)
        self.decay = decay
        self.register_buffer("updates", torch.zeros((), dtype=torch.long))

    @torch.no_grad()
    def follow(self):
        self.updates += 1
        decay = min(self.decay, float(self.updates) / (float(self.updates) + 10))
        for slow, fast in zip(self.average.parameters(), self.net.parameters(), strict=True):
            slow.lerp_(fast, 1 - decay)

    def forward(self, images):
        if not self.training:
            return self.average(images)
        self.follow()
        return self.net(images)


def mixup_step(model, batch, loss, alpha=0.2):
    images, labels = batch
    if not model.training:
        logits = model(images)
        return {"loss": loss(logits, labels), "outputs": logits, "targets": labels}
    share = torch.distributions.Beta(alpha, alpha).sample().to(images.device)
    other = torch.randperm(len(images), device=images.device)
    logits = model(share * images + (1 - share) * images[other])
    mixed = share * loss(logits, labels) + (1 - share) * loss(logits, labels[other])
    return {"loss": mixed, "outputs": logits, "targets": labels}
