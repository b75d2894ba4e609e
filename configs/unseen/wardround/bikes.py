"""Bike counts per hour as Poisson regression with entity embeddings."""

import torch
from torch import nn
from torch.utils.data import Dataset


class BikeCounts(Dataset):
    def __init__(self, n=3000, seed=0):
        city = torch.Generator().manual_seed(2024)
        station_level = 0.7 * torch.randn(20, generator=city)
        weekday_level = torch.tensor([0.2, 0.25, 0.25, 0.2, 0.1, -0.4, -0.6])
        g = torch.Generator().manual_seed(seed)
        self.station = torch.randint(0, 20, (n,), generator=g)
        self.weekday = torch.randint(0, 7, (n,), generator=g)
        self.hour = torch.randint(0, 24, (n,), generator=g)
        self.weather = torch.randn(n, 2, generator=g)
        rush = torch.exp(-((self.hour - 8) ** 2) / 4.0) + torch.exp(-((self.hour - 17) ** 2) / 6.0)
        workday = (self.weekday < 5).float()
        log_rate = (
            2.0
            + station_level[self.station]
            + weekday_level[self.weekday]
            + 1.2 * rush * (0.3 + 0.7 * workday)
            + 0.3 * self.weather[:, 0]
            - 0.25 * self.weather[:, 1].clamp(min=0)
        )
        self.count = torch.poisson(log_rate.exp(), generator=g)

    def __len__(self):
        return len(self.count)

    def __getitem__(self, i):
        codes = torch.stack([self.station[i], self.weekday[i], self.hour[i]])
        return {"codes": codes, "weather": self.weather[i], "count": self.count[i]}


class CountModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embeddings = nn.ModuleList([nn.Embedding(20, 6), nn.Embedding(7, 3), nn.Embedding(24, 6)])
        self.mlp = nn.Sequential(nn.Linear(17, 48), nn.ELU(), nn.Dropout(0.05), nn.Linear(48, 1))

    def forward(self, codes, weather):
        parts = [table(codes[:, i]) for i, table in enumerate(self.embeddings)]
        return self.mlp(torch.cat([*parts, weather], dim=1)).squeeze(1)


def poisson_step(model, batch, loss):
    log_rate = model(batch["codes"], batch["weather"])
    return {
        "loss": loss(log_rate, batch["count"]),
        "outputs": log_rate.exp(),
        "targets": batch["count"],
    }


class DevianceExplained:
    """1 minus Poisson deviance over that of the mean; 1 is perfect, the noise of counts keeps it lower."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.rates, self.counts = [], []

    def update(self, outputs, targets):
        self.rates.append(outputs.detach().cpu())
        self.counts.append(targets.cpu())

    def compute(self):
        rate, count = torch.cat(self.rates), torch.cat(self.counts)

        def deviance(mu):
            return (torch.xlogy(count, count / mu) - count + mu).sum()

        return float(1 - deviance(rate) / deviance(count.mean().expand_as(count)))
