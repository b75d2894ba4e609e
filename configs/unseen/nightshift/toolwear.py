"""Wear of the four edges of a milling tool from ten sensor features, with the uncertainty of each estimate."""

import torch
import torch.nn as nn
from torch.utils.data import Dataset


class WearData(Dataset):
    def __init__(self, n_samples, seed):
        g = torch.Generator().manual_seed(seed)
        X = torch.randn(n_samples, 10, generator=g)
        hours = X[:, 0] + 0.3 * X[:, 1]
        wear = 1.2 * torch.tanh(hours) + 0.5 * X[:, 2] * X[:, 3] + 0.3 * X[:, 4]
        edges = wear.unsqueeze(1) + 0.4 * X[:, 6:10]
        noise = 0.08 + 0.15 * torch.sigmoid(2 * X[:, 5:6])
        self.X = X
        self.y = edges + noise * torch.randn(n_samples, 4, generator=g)

    def __len__(self):
        return len(self.X)

    def __getitem__(self, item):
        return self.X[item], self.y[item]


class MeanAndSigma(nn.Module):
    def __init__(self, n_hidden=64, positive="relu"):
        super().__init__()
        self.shared = nn.Sequential(
            nn.Linear(10, n_hidden), nn.ReLU(), nn.Linear(n_hidden, n_hidden), nn.ReLU()
        )
        self.mu = nn.Linear(n_hidden, 4)
        self.sigma = nn.Linear(n_hidden, 4)
        self.positive = positive

    def forward(self, x):
        z = self.shared(x)
        s = self.sigma(z)
        s = torch.relu(s) if self.positive == "relu" else nn.functional.softplus(s) + 1e-2
        return self.mu(z), s


def nll(prediction, y):
    mu, sigma = prediction
    return (torch.log(sigma) + 0.5 * ((y - mu) / sigma) ** 2).mean()


def wear_step(model, batch, loss):
    x, y = batch
    prediction = model(x)
    return {"loss": loss(prediction, y), "outputs": prediction[0], "targets": y}
