"""Tomorrow's realised volatility of a share from the last month of it, with its uncertainty."""

import torch
from torch import nn
from torch.utils.data import Dataset

HISTORY = 22  # trading days


def simulate(days, shares, seed=2008):
    """Log realised variance [shares, days]: a slow and a fast component, measured with error."""
    g = torch.Generator().manual_seed(seed)
    slow, fast = torch.zeros(shares), torch.zeros(shares)
    level = -9.3 + 0.3 * torch.randn(shares, generator=g)
    rows = []
    for _ in range(days + 200):
        slow = 0.985 * slow + 0.13 * torch.randn(shares, generator=g)
        fast = 0.75 * fast + 0.30 * torch.randn(shares, generator=g)
        rows.append(level + slow + fast + 0.18 * torch.randn(shares, generator=g))
    return torch.stack(rows[200:], dim=1)


class Volatility(Dataset):
    """Windows of one period; input [22], target [1], both log realised variance."""

    def __init__(self, first, last, shares=12, days=700):
        series = simulate(days, shares)[:, first:last]
        windows = series.unfold(1, HISTORY + 1, 1).reshape(-1, HISTORY + 1)
        self.inputs, self.targets = windows[:, :-1], windows[:, -1:]

    def __len__(self):
        return len(self.inputs)

    def __getitem__(self, index):
        return self.inputs[index], self.targets[index]


class Forecaster(nn.Module):
    """Mean and log variance of tomorrow's value, around today's weekly mean."""

    def __init__(self, hidden=32, centre=-9.3):
        super().__init__()
        self.centre = centre
        self.body = nn.Sequential(nn.Linear(HISTORY, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU())
        self.mean = nn.Linear(hidden, 1)
        self.log_variance = nn.Linear(hidden, 1)
        nn.init.zeros_(self.mean.weight)
        nn.init.zeros_(self.mean.bias)
        nn.init.constant_(self.log_variance.bias, -1.0)

    def forward(self, history):
        x = self.body(history - self.centre)
        return history[:, -5:].mean(1, keepdim=True) + self.mean(x), self.log_variance(x).clamp(-6, 3)


def step(model, batch, loss):
    history, target = batch
    mean, log_variance = model(history)
    return {"loss": loss(mean, target, log_variance.exp()), "outputs": mean, "targets": target}
