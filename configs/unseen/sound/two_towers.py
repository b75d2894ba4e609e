"""Two sensors see one event; towers learn to say which readings belong together, others of the batch are the contrast."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import TensorDataset


def pairs(n, seed):
    world = torch.Generator().manual_seed(77)
    A, B = torch.randn(4, 20, generator=world), torch.randn(4, 30, generator=world)
    g = torch.Generator().manual_seed(seed)
    z = torch.randn(n, 4, generator=g)
    a = torch.sin(z @ A * 0.3) + 0.3 * torch.randn(n, 20, generator=g)
    b = torch.tanh(z @ B * 0.3) + 0.3 * torch.randn(n, 30, generator=g)
    return TensorDataset(a, b)


def tower(n_in):
    return nn.Sequential(nn.Linear(n_in, 64), nn.LayerNorm(64), nn.GELU(), nn.Linear(64, 16))


class TwoTowers(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right = tower(20), tower(30)
        self.log_scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, a, b):
        za, zb = F.normalize(self.left(a), dim=1), F.normalize(self.right(b), dim=1)
        return self.log_scale.exp() * za @ zb.T


def info_nce(model, batch, loss):
    a, b = batch
    scores = model(a, b)
    idx = torch.arange(len(a), device=a.device)
    return (loss(scores, idx) + loss(scores.T, idx)) / 2
