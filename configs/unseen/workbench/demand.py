"""Demand of a shop's articles for the coming week in quantiles, for ordering: pinball loss over a dilated CNN."""

import torch
from torch import nn
from torch.utils.data import Dataset

HISTORY, AHEAD = 56, 7
QUANTILES = (0.1, 0.5, 0.9)


def sales(articles, days, seed=17):
    """Daily counts [articles, days] with weekday pattern, drifting level and promotions, and the promotions."""
    g = torch.Generator().manual_seed(seed)
    level = 2.6 + 0.6 * torch.randn(articles, 1, generator=g)
    drift = torch.cumsum(0.02 * torch.randn(articles, days, generator=g), dim=1)
    week = 0.35 * torch.randn(articles, 7, generator=g)
    promoted = (torch.rand(articles, days, generator=g) < 0.08).float()
    rate = (level + drift + week[:, torch.arange(days) % 7] + 0.8 * promoted).exp()
    return torch.poisson(rate, generator=g), promoted


class Weeks(Dataset):
    """Input [2, 63]: past sales (zero for the days to come) and promotions, known ahead. Target: counts [7]."""

    def __init__(self, first, last, articles=60, days=560, stride=5):
        counts, promoted = sales(articles, days)
        span = HISTORY + AHEAD
        counts = counts[:, first:last].unfold(1, span, stride).reshape(-1, span)
        promoted = promoted[:, first:last].unfold(1, span, stride).reshape(-1, span)
        self.targets = counts[:, HISTORY:]
        known = counts.clone()
        known[:, HISTORY:] = 0
        self.inputs = torch.stack([known, promoted], dim=1)

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, index):
        return self.inputs[index], self.targets[index]


class QuantileTCN(nn.Module):
    """Works in shares of the article's own mean; quantiles [batch, 7, 3] never cross."""

    def __init__(self, width=32):
        super().__init__()
        self.temporal = nn.ModuleList()
        inner = 2
        for dilation in (1, 2, 7):
            self.temporal.append(nn.Conv1d(inner, width, 3, dilation=dilation, padding=dilation))
            inner = width
        self.weekly = nn.Linear(HISTORY, 8 * AHEAD)
        self.mix = nn.Sequential(nn.Linear(width + 8, width), nn.GELU(), nn.Linear(width, len(QUANTILES)))

    def forward(self, series):
        past = series[:, :1, :HISTORY]
        scale = past.mean(2, keepdim=True) + 1
        x = torch.cat([series[:, :1] / scale, series[:, 1:]], dim=1)
        weekly = self.weekly(x[:, 0, :HISTORY]).unflatten(1, (8, AHEAD)).transpose(1, 2)
        for i, conv in enumerate(self.temporal):
            y = nn.functional.gelu(conv(x))
            x = y if i == 0 else x + y
        raw = self.mix(torch.cat([x[:, :, HISTORY:].transpose(1, 2), weekly], dim=2))
        low, up, upper = raw.unbind(2)
        middle = 1 + low
        ordered = torch.stack(
            [middle - nn.functional.softplus(up), middle, middle + nn.functional.softplus(upper)], dim=2
        )
        return ordered * scale


class Pinball(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("quantiles", torch.tensor(QUANTILES))

    def forward(self, predicted, counts):
        error = counts.unsqueeze(2) - predicted
        return torch.maximum(self.quantiles * error, (self.quantiles - 1) * error).mean()


def step(model, batch, loss):
    series, counts = batch
    predicted = model(series)
    return {"loss": loss(predicted, counts), "outputs": predicted[:, :, 1], "targets": counts}
