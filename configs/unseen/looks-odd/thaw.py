"""Digits by fine-tuning: fixed random filters below, a body that thaws after the head has settled."""

import torch
from torch import nn


class Scattering(nn.Module):
    """Random filters and their rectified answers, never trained."""

    def __init__(self, filters=24, seed=3):
        super().__init__()
        kernel = torch.randn(filters, 1, 3, 3, generator=torch.Generator().manual_seed(seed))
        self.register_buffer("kernel", (kernel - kernel.mean((2, 3), keepdim=True)) / 3)

    def forward(self, x):
        return nn.functional.conv2d(x, self.kernel, padding=1).abs()


class Reader(nn.Module):
    def __init__(self, frozen_steps=90):
        super().__init__()
        self.filters = Scattering()
        self.body = nn.Sequential(nn.Conv2d(24, 32, 3, stride=2, padding=1), nn.ReLU())
        self.head = nn.Linear(32 * 16, 10)
        self.frozen_steps = frozen_steps
        self.register_buffer("made", torch.zeros((), dtype=torch.long))

    def forward(self, x):
        h = self.body(self.filters(x))
        if self.training and self.made < self.frozen_steps:
            h = h.detach()
        return self.head(h.flatten(1))


def step(model, batch, loss):
    images, labels = batch
    outputs = model(images)
    value = loss(outputs, labels)
    if model.training:
        model.made += 1
    return {"loss": value, "outputs": outputs, "targets": labels}


def groups(model, lr, body):
    return torch.optim.Adam(
        [{"params": model.head.parameters()}, {"params": model.body.parameters(), "lr": body}], lr=lr
    )
