"""A small Inception ported from another framework, to be trained on fabric pictures."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import TensorDataset


def fabrics(num, seed):
    g = torch.Generator().manual_seed(seed)
    labels = torch.arange(num) % 5
    yy, xx = torch.meshgrid(torch.arange(20.0), torch.arange(20.0), indexing="ij")
    pics = []
    for label in labels.tolist():
        a, b, c = (torch.rand(3, generator=g) * 6.28).tolist()
        k = 0.9 + 0.3 * torch.rand(1, generator=g).item()
        stripes, bars = torch.sin(k * xx + a), torch.sin(k * yy + b)
        twill, weave = (
            torch.sin(k * (xx + yy) + c),
            torch.maximum(torch.sin(k * xx + a), torch.sin(k * yy + b)),
        )
        pattern = (stripes, bars, twill, weave, stripes * bars)[label]
        colour = 0.3 + 0.5 * torch.rand(3, 1, 1, generator=g)
        pics.append(colour + 0.15 * pattern + 0.12 * torch.randn(3, 20, 20, generator=g))
    return TensorDataset(torch.stack(pics).clamp(0, 1), labels)


class BasicConv2d(nn.Module):
    def __init__(self, in_planes, out_planes, kernel_size, stride=1, padding=0, momentum=0.1):
        super().__init__()
        self.conv = nn.Conv2d(in_planes, out_planes, kernel_size, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(out_planes, eps=0.001, momentum=momentum, affine=True)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


class Mixed(nn.Module):
    def __init__(self, planes, **kw):
        super().__init__()
        self.branch0 = BasicConv2d(planes, 8, 1, **kw)
        self.branch1 = nn.Sequential(BasicConv2d(planes, 6, 1, **kw), BasicConv2d(6, 8, 3, padding=1, **kw))
        self.branch2 = nn.Sequential(
            nn.AvgPool2d(3, 1, 1, count_include_pad=False), BasicConv2d(planes, 8, 1, **kw)
        )

    def forward(self, x):
        return torch.cat((self.branch0(x), self.branch1(x), self.branch2(x)), 1)


class TinyInception(nn.Module):
    def __init__(self, num_classes=5, bn_momentum=0.1):
        super().__init__()
        self.stem = BasicConv2d(3, 12, 3, padding=1, momentum=bn_momentum)
        self.mixed_a = Mixed(12, momentum=bn_momentum)
        self.mixed_b = Mixed(24, momentum=bn_momentum)
        self.last_linear = nn.Linear(24, num_classes)

    def forward(self, x):
        x = self.mixed_a(F.max_pool2d(self.stem(x), 2))
        x = self.mixed_b(x)
        return self.last_linear(x.mean(3).mean(2))
