"""MAML: eight readings of a sine, two inner steps on them, then judged on ten others of the same sine."""

import torch
from torch import nn
from torch.utils.data import Dataset


class Tasks(Dataset):
    """A sample is a task: support readings and query readings of one sine."""

    def __init__(self, n, seed, shots=8, queries=10):
        g = torch.Generator().manual_seed(seed)
        amplitude = 0.5 + 1.5 * torch.rand(n, 1, 1, generator=g)
        phase = torch.pi * torch.rand(n, 1, 1, generator=g)
        x = 6 * torch.rand(n, shots + queries, 1, generator=g) - 3
        y = amplitude * torch.sin(x + phase)
        self.support = torch.cat([x, y], 2)[:, :shots]
        self.query = torch.cat([x, y], 2)[:, shots:]

    def __len__(self):
        return len(self.support)

    def __getitem__(self, i):
        return self.support[i], self.query[i]


class Start(nn.Module):
    """The common start of all tasks: a net of two hidden layers, its weights one set or one set for each task."""

    def __init__(self, width=40, inner_lr=0.05, inner_steps=2):
        super().__init__()
        self.w1 = nn.Parameter(torch.randn(1, width))
        self.b1 = nn.Parameter(torch.randn(1, width))
        self.w2 = nn.Parameter(torch.randn(width, width) / width**0.5)
        self.b2 = nn.Parameter(torch.zeros(1, width))
        self.w3 = nn.Parameter(torch.randn(width, 1) / width**0.5)
        self.b3 = nn.Parameter(torch.zeros(1, 1))
        self.inner_lr, self.inner_steps = inner_lr, inner_steps

    def forward(self, x, weights=None):
        w1, b1, w2, b2, w3, b3 = weights or self.parameters()
        return torch.tanh(torch.tanh(x @ w1 + b1) @ w2 + b2) @ w3 + b3


def meta_step(model, batch, loss):
    support, query = batch
    with torch.enable_grad():  # adapting is part of predicting, so in evaluation too
        # `expand` gives each task a set of its own that still passes gradients on to the start
        weights = [w.expand(len(support), *w.shape) for w in model.parameters()]
        for _ in range(model.inner_steps):
            error = (model(support[..., :1], weights) - support[..., 1:]).square().mean((1, 2)).sum()
            slopes = torch.autograd.grad(error, weights, create_graph=True)
            weights = [w - model.inner_lr * s for w, s in zip(weights, slopes, strict=True)]
        guess = model(query[..., :1], weights)
        value = loss(guess, query[..., 1:])
    return {"loss": value, "outputs": guess, "targets": query[..., 1:]}
