"""Twenty-four residual blocks whose last layers start at zero, on three tangled spirals in six dimensions."""

import math

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import TensorDataset


def spirals(n, seed):
    world = torch.Generator().manual_seed(6)
    q, _ = torch.linalg.qr(torch.randn(6, 6, generator=world))
    g = torch.Generator().manual_seed(seed)
    y = torch.arange(n) % 3
    u = torch.rand(n, generator=g).sqrt()
    a = 4.5 * u + 2 * math.pi * y / 3
    x = torch.stack([2 * u * torch.cos(a), 2 * u * torch.sin(a)], 1) + 0.06 * torch.randn(n, 2, generator=g)
    x = torch.cat([x, 0.3 * torch.randn(n, 4, generator=g)], 1) @ q
    return TensorDataset(x, y)


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        nn.init.zeros_(self.down.weight)
        nn.init.zeros_(self.down.bias)

    def forward(self, h):
        return h + self.down(torch.relu(self.up(self.norm(h))))


class DeepNet(nn.Sequential):
    def __init__(self, depth=24, width=24):
        super().__init__(
            nn.Linear(6, width),
            *[Block(width) for _ in range(depth)],
            nn.LayerNorm(width),
            nn.Linear(width, 3),
        )


def warmup_cosine(optimizer, warm, total):
    def factor(step):
        if step < warm:
            return (step + 1) / warm
        return 0.5 * (1 + math.cos(math.pi * (step - warm) / (total - warm)))

    return LambdaLR(optimizer, factor)
