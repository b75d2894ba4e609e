import torch
from torch import nn
from torch.utils.data import TensorDataset

COLOURS = torch.tensor([[0.9, 0.3, 0.2], [0.2, 0.7, 0.3], [0.3, 0.4, 0.9]])


def block(before, after):
    return nn.Sequential(
        nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU(), nn.MaxPool2d(2)
    )


def net():
    return nn.Sequential(
        block(3, 16),
        block(16, 32),
        block(32, 32),
        nn.Flatten(),
        nn.Linear(512, 64),
        nn.ReLU(),
        nn.Linear(64, 3),
    )


def scenes(count, seed):
    """Colour pictures of 32 pixels: a bright patch of one of three textures somewhere on a soft background."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 3
    soft = torch.randn(count, 3, 4, 4, generator=generator)
    images = 0.5 + 0.25 * nn.functional.interpolate(soft, size=32, mode="bilinear")
    rows, columns = torch.meshgrid(torch.arange(12), torch.arange(12), indexing="ij")
    waves = (rows % 4 < 2, columns % 4 < 2, (rows + columns) % 4 < 2)
    for image, label in zip(images, labels.tolist(), strict=True):
        top, left = torch.randint(0, 20, (2,), generator=generator).tolist()
        colour = COLOURS[int(torch.randint(0, 3, (1,), generator=generator))]
        strength = 0.25 + 0.2 * float(torch.rand(1, generator=generator))
        image[:, top : top + 12, left : left + 12] += (
            strength * (waves[label].float() - 0.5) * colour[:, None, None]
        )
    images += 0.08 * torch.randn(images.shape, generator=generator)
    return TensorDataset(images, labels)
