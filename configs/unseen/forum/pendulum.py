"""Learn where a damped pendulum is one second later, with a stack of residual blocks."""

import torch
from torch import nn
from torch.utils.data import TensorDataset


def states(n, seed):
    g = torch.Generator().manual_seed(seed)
    angle = (torch.rand(n, generator=g) * 2 - 1) * 3.0
    speed = (torch.rand(n, generator=g) * 2 - 1) * 4.0
    damping = torch.rand(n, generator=g) * 0.6
    x = torch.stack([angle, speed, damping], dim=1)
    for _ in range(100):
        speed = speed + 0.01 * (-9.81 * angle.sin() - damping * speed)
        angle = angle + 0.01 * speed
    y = torch.stack([angle.sin(), angle.cos(), speed / 4], dim=1)
    return TensorDataset(x, y)


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Linear(width, width)
        self.outer = nn.Linear(width, width)

    def forward(self, x):
        return x + self.outer(torch.tanh(self.inner(x)))


class Flow(nn.Module):
    def __init__(self, width=48, depth=3, container=list):
        super().__init__()
        self.enter = nn.Linear(3, width)
        self.blocks = container(Block(width) for _ in range(depth))
        self.leave = nn.Linear(width, 3)

    def forward(self, x):
        x = self.enter(x)
        for block in self.blocks:
            x = block(x)
        return self.leave(x)
