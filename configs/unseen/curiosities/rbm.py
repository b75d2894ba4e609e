"""A restricted Boltzmann machine, contrastive divergence with persistent chains, on small patterns of bars."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset

SIDE = 6


class Bars(Dataset):
    """Rows switched on, or columns, each with chance one half; one pixel in fifty is wrong."""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        lines = (torch.rand(n, SIDE, generator=g) < 0.5).float()
        image = lines.unsqueeze(2).expand(n, SIDE, SIDE)
        upright = torch.rand(n, generator=g) < 0.5
        image = torch.where(upright[:, None, None], image.transpose(1, 2), image)
        wrong = (torch.rand(n, SIDE, SIDE, generator=g) < 0.02).float()
        self.images = (image - wrong).abs().flatten(1)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        return self.images[i]


class RBM(nn.Module):
    def __init__(self, hidden=48, chains=64):
        super().__init__()
        self.W = nn.Parameter(0.05 * torch.randn(hidden, SIDE * SIDE))
        self.visible = nn.Parameter(torch.zeros(SIDE * SIDE))
        self.hidden = nn.Parameter(torch.zeros(hidden))
        self.register_buffer("chain", torch.rand(chains, SIDE * SIDE).round())

    def forward(self, v):
        """Free energy of each pattern."""
        return -(v @ self.visible) - F.softplus(F.linear(v, self.W, self.hidden)).sum(1)

    @torch.no_grad()
    def dream(self, v, steps):
        for _ in range(steps):
            h = torch.bernoulli(torch.sigmoid(F.linear(v, self.W, self.hidden)))
            v = torch.bernoulli(torch.sigmoid(F.linear(h, self.W.T, self.visible)))
        return v


def flipped_one(model, v):
    """Energy added by switching one random pixel: log-odds that the pixel is as it should be (pseudo-likelihood)."""
    pixel = torch.randint(v.shape[1], (len(v), 1), device=v.device)
    other = v.scatter(1, pixel, 1 - v.gather(1, pixel))
    # said of the pixel itself: log-odds that it is on
    is_on = v.gather(1, pixel).squeeze(1)
    return (model(other) - model(v)) * (2 * is_on - 1), is_on


def contrast(model, batch, loss):
    if model.training:
        model.chain.copy_(model.dream(model.chain, 5))
        value = model(batch).mean() - model(model.chain).mean()
        with torch.no_grad():
            odds, is_on = flipped_one(model, batch)
    else:
        odds, is_on = flipped_one(model, batch)
        value = loss(odds, is_on)
    return {"loss": value, "outputs": odds, "targets": is_on}


class PixelsRight:
    def __init__(self):
        self.reset()

    def to(self, device):
        return self

    def reset(self):
        self.right = self.n = 0

    def update(self, outputs, targets):
        self.right += int(((outputs > 0) == (targets > 0.5)).sum())
        self.n += len(targets)

    def compute(self):
        return torch.tensor(self.right / max(self.n, 1))
