import torch
from torch import nn
from torch.utils.data import TensorDataset

SIDE = 24


def net(pooled=False, width=16):
    shrink = nn.AdaptiveMaxPool2d(1) if pooled else nn.Identity()
    dense = nn.Linear(width, 64) if pooled else nn.Linear(width * (SIDE // 2) ** 2, 256)
    return nn.Sequential(
        nn.Conv2d(1, width, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(width, width, 3, padding=1),
        nn.ReLU(),
        shrink,
        nn.Flatten(),
        dense,
        nn.ReLU(),
        nn.Linear(dense.out_features, 4),
    )


def cloth(count, seed):
    """Pictures of cloth with a fault of one of four weaves, at any place."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 4
    images = 0.9 * torch.randn(count, 1, SIDE, SIDE, generator=generator)
    rows, columns = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    weaves = [rows % 3, columns % 3, (rows + columns) % 3, (rows - columns) % 3]
    for image, label in zip(images, labels.tolist(), strict=True):
        top, left = torch.randint(0, SIDE - 7, (2,), generator=generator).tolist()
        patch = (slice(top, top + 7), slice(left, left + 7))
        image[0][patch] += (weaves[label][patch] - 1).float()
    return TensorDataset(images, labels)
