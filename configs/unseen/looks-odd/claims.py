"""What a car costs its insurer in a year: nine in ten cost nothing, a few cost a lot."""

import torch
from torch import nn

AREAS = 6


class Policies(torch.utils.data.Dataset):
    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        age = 18 + 62 * torch.rand(n, generator=g)
        power = torch.randint(4, 13, (n,), generator=g).float()
        area = torch.randint(AREAS, (n,), generator=g)
        exposure = 0.1 + 0.9 * torch.rand(n, generator=g)
        rate = 0.12 * torch.exp(1.6 * torch.exp(-(age - 18) / 8) + 0.12 * (power - 8) + 0.25 * (area - 2.5))
        claims = torch.poisson(rate * exposure, generator=g).long()
        most = int(claims.max())
        costs = -torch.log(torch.rand(n, most, 2, generator=g)).sum(2) * 400.0
        paid = (costs * (torch.arange(most) < claims[:, None])).sum(1)
        rows = [(age - 49) / 18, (power - 8) / 2.6, exposure]
        self.rows = torch.cat([torch.stack(rows, 1), nn.functional.one_hot(area, AREAS).float()], 1)
        self.paid = paid
        self.expected = rate * exposure * 800.0

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return self.rows[i], self.paid[i]


class PureModel(nn.Module):
    """Log link; the exposure is an offset."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2 + AREAS, 24), nn.Tanh(), nn.Linear(24, 1))
        nn.init.constant_(self.net[2].bias, 5.0)

    def forward(self, rows):
        known = torch.cat([rows[:, :2], rows[:, 3:]], 1)
        return self.net(known).squeeze(1) + rows[:, 2].log()


class TweedieLoss(nn.Module):
    def __init__(self, p=1.5):
        super().__init__()
        self.p = p

    def forward(self, log_mean, paid):
        p = self.p
        gain = -paid * torch.exp((1 - p) * log_mean) / (1 - p) + torch.exp((2 - p) * log_mean) / (2 - p)
        return gain.mean()


class Lift:
    """Gini index of the ordering by predicted risk: 0 says nothing; some 0.44 is what the true risk itself reaches here."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.scores, self.paid = [], []

    def update(self, outputs, targets):
        self.scores.append(outputs.detach())
        self.paid.append(targets.detach())

    def compute(self):
        paid = torch.cat(self.paid)[torch.cat(self.scores).argsort()]
        lorenz = paid.cumsum(0) / paid.sum()
        return float(1 - 2 * lorenz.mean())
