"""What ``bench.py`` trains: small models of different shapes, each with random data of the right shape."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import Dataset, TensorDataset


def samples(*, size: int, shape: list[int], classes: int, dense: bool = False) -> Dataset[tuple[Tensor, ...]]:
    """Return random inputs whose label depends on their mean, so that there is something to learn.

    Args:
        size: How many.
        shape: Shape of one input.
        classes: How many labels.
        dense: A label for each position instead of one for each sample.
    """
    inputs = torch.randn(size, *shape, generator=torch.Generator().manual_seed(0))
    signal = inputs.mean(1) if dense else inputs.flatten(1)[:, :8].sum(1)
    labels = torch.bucketize(
        signal, torch.quantile(signal.flatten()[:4096], torch.linspace(0, 1, classes + 1)[1:-1])
    )
    return TensorDataset(inputs, labels)


class Computed(Dataset[tuple[Tensor, int]]):
    """Samples that are computed when asked for, so that a million of them take no memory."""

    def __init__(self, *, size: int, shape: list[int], classes: int) -> None:
        self.size, self.shape, self.classes = size, shape, classes

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        values = torch.randn(self.shape, generator=torch.Generator().manual_seed(index))
        return values, index % self.classes


class SmallCNN(nn.Module):
    """Two convolutions for pictures of 8×8."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 32, 3, padding=1)
        self.second = nn.Conv2d(32, 64, 3, padding=1)
        self.head = nn.Linear(64 * 4, 10)

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        x = functional.max_pool2d(functional.relu(self.first(x)), 2)
        x = functional.max_pool2d(functional.relu(self.second(x)), 2)
        return self.head(x.flatten(1))  # type: ignore[no-any-return]


class Block(nn.Module):
    """Two convolutions with batch normalisation and a shortcut, as in ResNet-18."""

    def __init__(self, inside: int, out: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inside, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out)
        self.conv2, self.bn2 = nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.short: nn.Module = nn.Identity()
        if stride != 1 or inside != out:
            self.short = nn.Sequential(nn.Conv2d(inside, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + self.short(x))  # type: ignore[no-any-return]


class ResNet(nn.Module):
    """ResNet-18 in an eighth of its width, for pictures of 32×32."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        widths = [width, width, 2 * width, 4 * width, 8 * width]
        blocks = [
            Block(
                widths[stage] if first else widths[stage + 1], widths[stage + 1], 2 if first and stage else 1
            )
            for stage in range(4)
            for first in (True, False)
        ]
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU())
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(8 * width, 10)

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        return self.head(self.blocks(self.stem(x)).mean((2, 3)))  # type: ignore[no-any-return]


def vgg(width: int = 16) -> nn.Module:
    """Return six convolutions without normalisation."""
    layers: list[nn.Module] = []
    inside = 3
    for out in (width, 2 * width, 4 * width):
        layers += [
            nn.Conv2d(inside, out, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(out, out, 3, padding=1),
            nn.ReLU(),
        ]
        layers.append(nn.MaxPool2d(2))
        inside = out
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(inside * 16, 64), nn.ReLU(), nn.Linear(64, 10))


def _double(inside: int, out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, out, 3, padding=1),
        nn.BatchNorm2d(out),
        nn.ReLU(),
        nn.Conv2d(out, out, 3, padding=1),
        nn.ReLU(),
    )


class UNet(nn.Module):
    """Two steps down, two steps up, with skips."""

    def __init__(self, width: int = 12) -> None:
        super().__init__()
        self.down1, self.down2 = _double(3, width), _double(width, 2 * width)
        self.middle = _double(2 * width, 4 * width)
        self.up2, self.merge2 = nn.ConvTranspose2d(4 * width, 2 * width, 2, 2), _double(4 * width, 2 * width)
        self.up1, self.merge1 = nn.ConvTranspose2d(2 * width, width, 2, 2), _double(2 * width, width)
        self.head = nn.Conv2d(width, 3, 1)

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        first = self.down1(x)
        second = self.down2(functional.max_pool2d(first, 2))
        x = self.middle(functional.max_pool2d(second, 2))
        x = self.merge2(torch.cat([self.up2(x), second], 1))
        return self.head(self.merge1(torch.cat([self.up1(x), first], 1)))  # type: ignore[no-any-return]


class ViT(nn.Module):
    """A small vision transformer: patches of 4×4, three layers."""

    def __init__(self, width: int = 48, depth: int = 3) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, width, 4, 4)
        self.position = nn.Parameter(torch.randn(1, 64, width) * 0.02)
        layer = nn.TransformerEncoderLayer(
            width, 4, 2 * width, dropout=0.1, batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        tokens = self.patches(x).flatten(2).transpose(1, 2) + self.position
        return self.head(self.encoder(tokens).mean(1))  # type: ignore[no-any-return]


def mlp() -> nn.Module:
    """Return a network whose step costs next to nothing: the worst case for a monitor."""
    return nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 2))


class RowsGRU(nn.Module):
    """Reads a picture row by row."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.gru = nn.GRU(8, width, 2, batch_first=True)
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        out, _ = self.gru(x)
        return self.head(out[:, -1])  # type: ignore[no-any-return]


class Residual(nn.Module):
    """One layer that adds a little to its input, so that a thousand of them still train."""

    def __init__(self, width: int, share: float) -> None:
        super().__init__()
        self.linear, self.share = nn.Linear(width, width), share

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        return x + self.share * torch.tanh(self.linear(x))


def deep(depth: int) -> nn.Module:
    """Return so many residual layers for vectors of 32."""
    return nn.Sequential(*(Residual(32, 1 / depth) for _ in range(depth)), nn.Linear(32, 4))


def wide(width: int = 3072) -> nn.Module:
    """Return a network whose weights take far more memory than its activations."""
    return nn.Sequential(
        nn.Linear(256, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 10)
    )
