"""Which weave is on the photo of a fabric: a fixed bank of Gabor filters, and a head that is trained on it."""

import math

import torch
from torch import nn
from torch.utils.data import TensorDataset


def fabrics(n, seed):
    g = torch.Generator().manual_seed(seed)
    label = torch.arange(n) % 6
    yy, xx = torch.meshgrid(torch.arange(28.0), torch.arange(28.0), indexing="ij")
    angle = (label % 3) * math.pi / 3 + 0.15 * torch.randn(n, generator=g)
    freq = torch.where(label < 3, 0.6, 1.1) + 0.08 * torch.randn(n, generator=g)
    phase = 2 * math.pi * torch.rand(n, generator=g)
    u = torch.cos(angle)[:, None, None] * xx + torch.sin(angle)[:, None, None] * yy
    img = torch.sin(freq[:, None, None] * u + phase[:, None, None])
    img = 0.5 + 0.2 * img + 0.22 * torch.randn(n, 28, 28, generator=g)
    ds = TensorDataset(img[:, None], label)
    ds.classes = ["plain0", "plain60", "plain120", "fine0", "fine60", "fine120"]
    return ds


def gabor_bank(size=9):
    r = torch.arange(size) - size // 2
    yy, xx = torch.meshgrid(r.float(), r.float(), indexing="ij")
    kernels = []
    for freq in (0.6, 1.1):
        for k in range(6):
            a = k * math.pi / 6
            u = math.cos(a) * xx + math.sin(a) * yy
            for shift in (0, math.pi / 2):
                w = torch.exp(-(xx**2 + yy**2) / 12) * torch.cos(freq * u + shift)
                kernels.append((w - w.mean()) / w.norm())
    return torch.stack(kernels)[:, None]


class FabricNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Conv2d(1, 24, 9, stride=2, bias=False)
        self.backbone.weight.data = gabor_bank()
        for p in self.backbone.parameters():
            p.requires_grad = False
        self.norm = nn.LayerNorm(12)
        self.head = nn.Sequential(nn.Linear(12, 32), nn.GELU(), nn.Dropout(0.1), nn.Linear(32, 6))

    def forward(self, x):
        r = self.backbone(x)
        energy = (r[:, 0::2] ** 2 + r[:, 1::2] ** 2).mean((2, 3))
        return self.head(self.norm(torch.log(energy + 1e-3)))


def only_trainable(model, lr):
    return torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=lr)
