"""Handwritten digits with the initialisation of an old paper: zero-mean Gaussians of a fixed width."""

import torch.nn as nn
import torch.nn.functional as F


def init_own(m):
    if isinstance(m, (nn.Conv2d, nn.Linear)):
        nn.init.normal_(m.weight, std=0.1)
        nn.init.constant_(m.bias, 0.1)


def init_paper(m):
    if isinstance(m, (nn.Conv2d, nn.Linear)):
        nn.init.normal_(m.weight, 0.1)
        nn.init.constant_(m.bias, 0.1)


class Glyphs(nn.Module):
    def __init__(self, init):
        super().__init__()
        self.c1 = nn.Conv2d(1, 24, 3, padding=1)
        self.c2 = nn.Conv2d(24, 32, 3, padding=1)
        self.f1 = nn.Linear(32 * 4, 64)
        self.f2 = nn.Linear(64, 10)
        self.apply(init)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.c1(x)), 2)
        x = F.max_pool2d(F.relu(self.c2(x)), 2)
        x = F.relu(self.f1(x.flatten(1)))
        return self.f2(x)
