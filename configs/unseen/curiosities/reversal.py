"""Gas sensors drift: labels of the old device only, the new one unlabelled; gradient reversal makes both look alike."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset

GASES = 5


def measured(n, seed, new_device):
    g = torch.Generator().manual_seed(seed)
    setup = torch.Generator().manual_seed(99)
    prints = torch.randn(GASES, 16, generator=setup)
    shift = torch.randn(16, generator=setup)
    gain = 1 + 0.25 * torch.randn(16, generator=setup)
    y = torch.randint(GASES, (n,), generator=g)
    x = 1.3 * prints[y] + 1.2 * torch.randn(n, 16, generator=g)
    if new_device:
        x = x * gain + 1.5 * shift
    return x, y


class BothDevices(Dataset):
    """Half of it labelled measurements of the old device, half of the new one, where the gas is unknown (-1)."""

    def __init__(self, n, seed):
        old, gas = measured(n // 2, seed, new_device=False)
        new, _ = measured(n // 2, seed + 1000, new_device=True)
        self.x = torch.cat([old, new])
        self.gas = torch.cat([gas, torch.full_like(gas, -1)])
        self.device = torch.cat([torch.zeros(n // 2), torch.ones(n // 2)])

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.gas[i], self.device[i]


class NewDevice(BothDevices):
    def __init__(self, n, seed):
        self.x, self.gas = measured(n, seed, new_device=True)
        self.device = torch.ones(n)


class Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, strength):
        ctx.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad):
        return -ctx.strength * grad, None


class DANN(nn.Module):
    def __init__(self, strength=0.1):
        super().__init__()
        self.strength = strength
        self.features = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU())
        self.gas = nn.Linear(32, GASES)
        self.which = nn.Sequential(nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, x):
        f = self.features(x)
        return self.gas(f), self.which(Reverse.apply(f, self.strength)).squeeze(1)


def step(model, batch, loss):
    x, gas, device = batch
    scores, domain = model(x)
    labelled = gas >= 0
    supervised = F.cross_entropy(scores[labelled], gas[labelled]) if labelled.any() else scores.sum() * 0
    total = supervised + (loss(domain, device) if model.training else 0.0)
    return {"loss": total, "outputs": scores[labelled], "targets": gas[labelled]}
