"""A very small vision transformer on four shapes."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

SHAPES = ("square", "cross", "ring", "bars")


def picture(rng, kind):
    yy, xx = np.mgrid[:16, :16]
    y, x = rng.uniform(5.5, 9.5, 2)
    r = rng.uniform(3.2, 4.8)
    dy, dx = abs(yy - y), abs(xx - x)
    far = np.hypot(dy, dx)
    shape = {
        "square": np.maximum(dy, dx) < r * 0.8,
        "cross": (np.minimum(dy, dx) < 1.1) & (np.maximum(dy, dx) < r),
        "ring": abs(far - r) < 1,
        "bars": ((abs(dx - r * 0.6)) < 0.9) & (dy < r),
    }[kind]
    return (shape * rng.uniform(0.6, 1) + rng.normal(0, 0.12, (16, 16))).astype(np.float32)


class ShapePictures(Dataset):
    classes = SHAPES

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.items = [(picture(rng, SHAPES[i % 4]), i % 4) for i in range(n)]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        image, label = self.items[i]
        return (torch.from_numpy(image)[None] - 0.15) / 0.35, label


class ViT(nn.Module):
    def __init__(self, patch_size=4, dim=48, depth=2, heads=4):
        super().__init__()
        self.patch_embed = nn.Conv2d(1, dim, patch_size, patch_size)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos_embed = nn.Parameter(0.02 * torch.randn(1, 17, dim))
        block = nn.TransformerEncoderLayer(
            dim, heads, 2 * dim, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(block, depth, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, 4)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, img):
        x = self.patch_embed(img).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], dim=1) + self.pos_embed
        return self.head(self.norm(self.blocks(x))[:, 0])
