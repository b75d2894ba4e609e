"""Learns which of four offers to show from the log of an older policy: weighted policy gradient, a negative loss."""

import torch
from torch import nn
from torch.utils.data import TensorDataset


def log(n, seed):
    world = torch.Generator().manual_seed(4)
    taste = torch.randn(6, 4, generator=world)
    old = 0.5 * torch.randn(6, 4, generator=world)
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(n, 6, generator=g)
    chance = 0.6 * torch.softmax(x @ old, 1) + 0.1
    shown = torch.multinomial(chance, 1, generator=g).squeeze(1)
    bought = torch.rand(n, generator=g) < torch.sigmoid((x @ taste)[torch.arange(n), shown])
    return TensorDataset(x, shown, chance[torch.arange(n), shown], bought.float())


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.scores = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 4))

    def forward(self, x):
        return torch.log_softmax(self.scores(x), 1)


def policy_step(model, batch, _loss):
    x, shown, chance, reward = batch
    logp = model(x)
    p = logp.exp()
    chosen = p[torch.arange(len(x)), shown]
    value = (chosen / chance * (reward - 0.5)).mean()
    entropy = -(p * logp).sum(1).mean()
    return {"loss": -value - 0.02 * entropy, "penalty": -0.02 * entropy}
