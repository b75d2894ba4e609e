"""Cox regression with a small network; a third of the patients are censored."""

import torch
from torch import nn
from torch.utils.data import Dataset


class Patients(Dataset):
    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.x = torch.randn(n, 8, generator=g)
        age, stage, marker = self.x[:, 0], self.x[:, 1], self.x[:, 2]
        hazard = 0.8 * age + 0.9 * stage.clamp(min=0) + 0.5 * marker.square() - 0.5 * self.x[:, 3]
        death = -torch.log(torch.rand(n, generator=g)) / (0.1 * hazard.exp())
        leaves = 12 * torch.rand(n, generator=g)
        self.y = torch.stack([torch.minimum(death, leaves), (death <= leaves).float()], 1)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class DeepSurv(nn.Module):
    def __init__(self, hidden=24, p=0.2):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(8, hidden), nn.SELU(), nn.AlphaDropout(p), nn.Linear(hidden, 1, bias=False)
        )

    def forward(self, x):
        return self.net(x)


class CoxPH(nn.Module):
    """Negative partial log-likelihood with the batch as the risk set (Breslow)."""

    def forward(self, risk, y):
        order = y[:, 0].argsort(descending=True)
        risk, event = risk[order, 0], y[order, 1]
        log_cum = torch.logcumsumexp(risk, dim=0)
        return -((risk - log_cum) * event).sum() / event.sum().clamp(min=1)


class Concordance:
    def __init__(self):
        self.reset()

    def reset(self):
        self.risk, self.y = [], []

    def update(self, outputs, targets):
        self.risk.append(outputs.detach().cpu()[:, 0])
        self.y.append(targets.cpu())

    def compute(self):
        risk, y = torch.cat(self.risk), torch.cat(self.y)
        time, event = y[:, 0], y[:, 1] > 0
        comparable = (time[:, None] < time[None]) & event[:, None]
        right = risk[:, None] > risk[None]
        return float((right & comparable).sum() / comparable.sum())
