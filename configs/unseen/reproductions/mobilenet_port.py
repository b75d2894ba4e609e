"""A tiny MobileNet, ported layer by layer from its TensorFlow slim definition, on small textures."""

import torch
from torch import nn
from torch.utils.data import Dataset

KINDS = ["stripes", "waves", "checks", "rings", "spots"]


def texture(kind, g):
    yy, xx = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
    f, p, q = torch.rand(3, generator=g)
    f, p, q = 0.7 + 0.6 * f, 6.28 * p, 6.28 * q
    if kind == 0:
        out = torch.sin(f * xx + p)
    elif kind == 1:
        out = torch.sin(f * yy + p)
    elif kind == 2:
        out = torch.sin(f * xx + p) * torch.sin(f * yy + q)
    elif kind == 3:
        out = torch.sin(f * ((xx - 8) ** 2 + (yy - 8) ** 2).sqrt() + p)
    else:
        out = (torch.rand(16, 16, generator=g) > 0.9).float() * 2
    return 0.5 + 0.2 * (out + 0.4 * torch.randn(16, 16, generator=g))


class Textures(Dataset):
    classes = KINDS

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.y = [i % 5 for i in range(n)]
        self.x = torch.stack([texture(k, g) for k in self.y]).unsqueeze(1)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


def conv_bn(inp, oup, stride, momentum, groups=1, k=3):
    return nn.Sequential(
        nn.Conv2d(inp, oup, k, stride, k // 2, groups=groups, bias=False),
        nn.BatchNorm2d(oup, eps=0.001, momentum=momentum),
        nn.ReLU6(inplace=True),
    )


class MobileNetMini(nn.Module):
    def __init__(self, bn_momentum):
        super().__init__()
        m = bn_momentum
        self.features = nn.Sequential(
            conv_bn(1, 16, 2, m),
            conv_bn(16, 16, 1, m, groups=16),
            conv_bn(16, 32, 1, m, k=1),
            conv_bn(32, 32, 2, m, groups=32),
            conv_bn(32, 48, 1, m, k=1),
        )
        self.classifier = nn.Linear(48, 5)

    def forward(self, x):
        return self.classifier(self.features(x).mean([2, 3]))
