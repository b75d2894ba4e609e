"""Which fault does a pump have? Four regimes of operation, and in each the sensors mean something else."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import TensorDataset


def pumps(n, seed):
    rules = torch.randn(4, 3, 8, generator=torch.Generator().manual_seed(77))
    g = torch.Generator().manual_seed(seed)
    sensors = torch.randn(n, 8, generator=g)
    pressure, speed = torch.randn(n, 2, generator=g).unbind(1)
    regime = (pressure > 0).long() * 2 + (speed > 0).long()
    fault = torch.einsum("nf,nkf->nk", sensors, rules[regime]).argmax(1)
    return TensorDataset(torch.cat([sensors, pressure[:, None], speed[:, None]], 1), fault)


class MixtureOfExperts(nn.Module):
    def __init__(self, experts=6, k=2, hidden=32):
        super().__init__()
        self.k = k
        self.router = nn.Sequential(nn.Linear(10, 24), nn.ReLU(), nn.Linear(24, experts))
        self.experts = nn.ModuleList(
            nn.Sequential(nn.Linear(10, hidden), nn.GELU(), nn.Linear(hidden, 3)) for _ in range(experts)
        )

    def route(self, x):
        scores = self.router(x)
        best, chosen = scores.topk(self.k, dim=1)
        weights = torch.zeros_like(scores).scatter(1, chosen, best.softmax(1))
        return scores.softmax(1), weights

    def forward(self, x):
        return self.mix(x, self.route(x)[1])

    def mix(self, x, weights):
        answers = torch.stack([expert(x) for expert in self.experts], 1)
        return (weights.unsqueeze(2) * answers).sum(1)


def balanced_step(model, batch, loss):
    x, fault = batch
    probability, weights = model.route(x)
    outputs = model.mix(x, weights)
    used = (weights > 0).float().mean(0) / model.k
    balance = 0.02 * probability.shape[1] * (used * probability.mean(0)).sum()
    z = 1e-3 * F.softplus(model.router(x)).mean()
    return {
        "loss": loss(outputs, fault) + balance + z,
        "outputs": outputs,
        "targets": fault,
        "penalty": balance + z,
    }
