"""How long a repair of a phone takes and what it costs: one encoder, two heads."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset


def workshop(n, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 10))
    age, drops, water, value = X[:, 0], X[:, 1], X[:, 2], X[:, 3]
    cost = np.sin(age) * value + np.abs(drops) + 0.5 * water * X[:, 4]
    hours = np.tanh(drops * water) + 0.6 * np.cos(1.5 * age) + 0.4 * X[:, 5]
    y = np.stack([cost, hours], 1)
    y = (y - y.mean(0)) / y.std(0) + rng.normal(0, 0.05, y.shape)
    return TensorDataset(torch.tensor(X, dtype=torch.float), torch.tensor(y, dtype=torch.float))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU())

    def forward(self, x):
        return self.layers(x)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(32, 24), nn.ReLU(), nn.Linear(24, 1))

    def forward(self, z):
        return self.layers(z)


class MultiTask(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.cost_decoder = Decoder()
        self.hours_decoder = Decoder()

    def forward(self, x):
        z = self.encoder(x)
        return torch.cat((self.cost_decoder(z), self.hours_decoder(z)), dim=1)


def two_losses(model, batch, loss):
    x, y = batch
    out = model(x)
    loss_cost = loss(out[:, 0], y[:, 0])
    loss_hours = loss(out[:, 1], y[:, 1])
    return {"loss": loss_cost + 0.7 * loss_hours, "outputs": out, "targets": y}


def decoders(model, lr):
    params = list(model.cost_decoder.parameters()) + list(model.hours_decoder.parameters())
    return torch.optim.Adam(params, lr=lr)


def encoder_and_decoders(model, lr):
    params = list(model.cost_decoder.parameters()) + list(model.hours_decoder.parameters())
    return torch.optim.Adam(list(model.encoder.parameters()) + params, lr=lr)
