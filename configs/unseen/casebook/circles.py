"""Two rings of points in the plane, told apart by a stack of dense layers."""

import math

import torch
from torch import nn
from torch.utils.data import TensorDataset


def make_circles(n_samples, random_state, noise=0.07, factor=0.5):
    g = torch.Generator().manual_seed(random_state)
    y = torch.arange(n_samples) % 2
    angle = 2 * math.pi * torch.rand(n_samples, generator=g)
    radius = torch.where(y == 1, factor, 1.0)
    X = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)
    X = X + noise * torch.randn(n_samples, 2, generator=g)
    return TensorDataset(X, y.float().view(-1, 1))


def build_model(hidden_activation="sigmoid", n_hidden=7):
    act = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}[hidden_activation]
    layers = [nn.Linear(2, 16), act()]
    for _ in range(n_hidden - 1):
        layers += [nn.Linear(16, 16), act()]
    layers += [nn.Linear(16, 1), nn.Sigmoid()]
    model = nn.Sequential(*layers)
    for m in model:
        if isinstance(m, nn.Linear):  # the initialisers of a Keras Dense layer
            nn.init.xavier_uniform_(m.weight)
            nn.init.zeros_(m.bias)
    return model
