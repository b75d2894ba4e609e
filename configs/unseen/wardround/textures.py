"""Six woven patterns, told apart by a small residual network."""

import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset


class WovenPatterns(Dataset):
    classes = ("twill", "herringbone", "plain", "check", "rib", "dots")

    def __init__(self, size, seed, train=False):
        g = torch.Generator().manual_seed(seed)
        self.labels = torch.randint(0, 6, (size,), generator=g)
        yy, xx = torch.meshgrid(torch.arange(20.0), torch.arange(20.0), indexing="ij")
        images = []
        for label in self.labels.tolist():
            k = 2 * math.pi / float(torch.empty(1).uniform_(3.5, 6, generator=g))
            px, py = (torch.rand(2, generator=g) * 6.28).tolist()
            wave = [
                torch.sin(k * (xx + yy) + px),
                torch.sin(k * (xx + (yy - 10).abs()) + px),
                torch.sin(k * xx + px),
                torch.sign(torch.sin(k * xx + px) * torch.sin(k * yy + py)),
                torch.sin(k * yy + py),
                2 * ((torch.sin(k * xx + px) + torch.sin(k * yy + py)) > 1.1).float() - 0.5,
            ][label]
            tint = torch.rand(3, 1, 1, generator=g) * 0.2 + 0.1
            noise = 0.3 * torch.randn(3, 20, 20, generator=g)
            images.append(0.5 + tint * wave + noise)
        self.images = (torch.stack(images).clamp(0, 1) - 0.5) / 0.25
        self.train = train

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        image = self.images[i]
        if self.train:
            top, left = torch.randint(0, 5, (2,)).tolist()
        else:
            top, left = 2, 2
        return image[:, top : top + 16, left : left + 16], self.labels[i]


class BasicBlock(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        nn.init.zeros_(self.bn2.weight)
        self.shortcut = nn.Identity()
        if stride != 1 or cin != cout:
            self.shortcut = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)), inplace=True)
        out = self.bn2(self.conv2(out))
        return F.relu(out + self.shortcut(x))


class ResNet8(nn.Module):
    def __init__(self, num_classes=6, width=8):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()
        )
        self.layer1 = BasicBlock(width, width)
        self.layer2 = BasicBlock(width, 2 * width, stride=2)
        self.layer3 = BasicBlock(2 * width, 4 * width, stride=2)
        self.fc = nn.Linear(4 * width, num_classes)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(self.stem(x))))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


def no_decay_on_norms(model, lr, momentum=0.9, weight_decay=5e-4, nesterov=True):
    decay = [p for p in model.parameters() if p.ndim > 1]
    rest = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": decay, "weight_decay": weight_decay}, {"params": rest, "weight_decay": 0.0}]
    return torch.optim.SGD(groups, lr=lr, momentum=momentum, nesterov=nesterov)
