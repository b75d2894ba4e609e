"""What ``bench_lr.py`` trains: small nets, small data sets held in memory, and a schedule with warm-up and cosine decay."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.lr_scheduler import LambdaLR

from cnndoctor.datasets import digits

WARMUP_SHARE = 0.1


class Batches:
    """A loader over tensors in memory, in random order: a step then costs the net and hardly anything else.

    Args:
        data: Name of a data set below.
        batch_size: Samples in a batch; the last, smaller one of an epoch is dropped.
        noise_labels: Draw a new label for every sample whenever it is read, so that there is nothing to learn.
        constant: Give every sample the same input.
    """

    def __init__(
        self, data: str, *, batch_size: int, noise_labels: bool = False, constant: bool = False
    ) -> None:
        self.inputs, self.targets = DATA[data]()
        self.batch_size, self.noise_labels = batch_size, noise_labels
        if constant:
            self.inputs = torch.zeros_like(self.inputs)

    def __len__(self) -> int:
        """Return the batches of an epoch."""
        return len(self.inputs) // self.batch_size

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield batches in a new random order."""
        order = torch.randperm(len(self.inputs))
        for number in range(len(self)):
            rows = order[number * self.batch_size : (number + 1) * self.batch_size]
            targets = self.targets[rows]
            if self.noise_labels:
                targets = torch.randint_like(targets, int(self.targets.max()) + 1)
            yield self.inputs[rows], targets


def _digits() -> tuple[Tensor, Tensor]:
    """Real digits, standardised."""
    data = digits("all")
    return (data.images - 0.305) / 0.376, data.targets


def _scattered() -> tuple[Tensor, Tensor]:
    """Real digits moved about on 12×12 pixels, with noise: harder than the plain ones."""
    inputs, targets = _digits()
    generator = torch.Generator().manual_seed(1)
    canvas = torch.full((2 * len(inputs), 1, 12, 12), float(inputs.min()))
    places = torch.randint(0, 5, (len(canvas), 2), generator=generator).tolist()
    for row, (top, left) in enumerate(places):
        canvas[row, :, top : top + 8, left : left + 8] = inputs[row % len(inputs)]
    return canvas + 0.3 * torch.randn(canvas.shape, generator=generator), targets.repeat(2)


def _friedman() -> tuple[Tensor, Tensor]:
    """Friedman's first regression (1991): five useful features among ten; standardised, with noise."""
    generator = torch.Generator().manual_seed(2)
    x = torch.rand(4000, 10, generator=generator)
    y = 10 * torch.sin(math.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    y = y + torch.randn(len(y), generator=generator)
    return (x - 0.5) * math.sqrt(12), ((y - y.mean()) / y.std())[:, None]


def _shapes(count: int = 1500, side: int = 12) -> tuple[Tensor, Tensor, Tensor]:
    """Noisy pictures with a bright rectangle and a dark disc; also their masks and the rectangle's centre."""
    generator = torch.Generator().manual_seed(3)
    grid = torch.arange(side).float()
    rows, columns = grid[None, :, None], grid[None, None, :]
    corner = torch.randint(0, side - 4, (count, 2), generator=generator).float()
    size = torch.randint(2, 5, (count, 2), generator=generator).float()
    top, left = corner[:, 0, None, None], corner[:, 1, None, None]
    height, width = size[:, 0, None, None], size[:, 1, None, None]
    box = (rows >= top) & (rows < top + height) & (columns >= left) & (columns < left + width)
    middle = torch.randint(2, side - 2, (count, 2), generator=generator).float()
    disc = (rows - middle[:, 0, None, None]) ** 2 + (columns - middle[:, 1, None, None]) ** 2 <= 4
    mask = torch.where(box, 1, torch.where(disc, 2, 0))
    picture = (mask == 1).float() - (mask == 2).float()
    picture = picture + 0.5 * torch.randn(picture.shape, generator=generator)
    centre = (corner + size / 2 - side / 2) / (side / 4)
    return picture[:, None], mask, centre


def _segments() -> tuple[Tensor, Tensor]:
    pictures, masks, _ = _shapes()
    return pictures, masks


def _centres() -> tuple[Tensor, Tensor]:
    pictures, _, centres = _shapes(3000)
    return pictures, centres


DATA = {
    "digits": _digits,
    "scattered": _scattered,
    "friedman": _friedman,
    "segments": _segments,
    "centres": _centres,
}


def _norm(kind: str, channels: int) -> nn.Module:
    if kind == "batch":
        return nn.BatchNorm2d(channels)
    return nn.GroupNorm(4, channels) if kind == "group" else nn.Identity()


def cnn(*, width: int = 8, norm: str = "", activation: str = "relu", outputs: int = 10) -> nn.Module:
    """Return two convolutions with pooling and a linear head, for pictures of any size."""
    act = nn.Tanh if activation == "tanh" else nn.ReLU
    return nn.Sequential(
        nn.Conv2d(1, width, 3, padding=1),
        _norm(norm, width),
        act(),
        nn.MaxPool2d(2),
        nn.Conv2d(width, 2 * width, 3, padding=1),
        _norm(norm, 2 * width),
        act(),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(8 * width, outputs),
    )


def vgg(*, width: int = 8, norm: str = "", deep: int = 2, outputs: int = 10) -> nn.Module:
    """Return ``2 * deep`` convolutions in two blocks, then two linear layers."""
    layers: list[nn.Module] = []
    inside = 1
    for out in (width, 2 * width):
        for _ in range(deep):
            layers += [nn.Conv2d(inside, out, 3, padding=1), _norm(norm, out), nn.ReLU()]
            inside = out
        layers.append(nn.MaxPool2d(2))
    layers += [nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(8 * width, 32), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(32, outputs))


class Block(nn.Module):
    """Two convolutions and a shortcut."""

    def __init__(self, inside: int, out: int, stride: int, norm: str) -> None:
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(inside, out, 3, stride, 1), _norm(norm, out)
        self.conv2, self.norm2 = nn.Conv2d(out, out, 3, 1, 1), _norm(norm, out)
        self.short = nn.Conv2d(inside, out, 1, stride) if stride > 1 or inside != out else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        y = self.norm2(self.conv2(functional.relu(self.norm1(self.conv1(x)))))
        return functional.relu(y + self.short(x))


def resnet(*, width: int = 6, norm: str = "", outputs: int = 10) -> nn.Module:
    """Return three residual blocks."""
    return nn.Sequential(
        nn.Conv2d(1, width, 3, 1, 1),
        _norm(norm, width),
        nn.ReLU(),
        Block(width, width, 1, norm),
        Block(width, 2 * width, 2, norm),
        Block(2 * width, 4 * width, 2, norm),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4 * width, outputs),
    )


def mlp(*, inputs: int, width: int = 64, outputs: int = 1, norm: str = "", deep: int = 2) -> nn.Module:
    """Return a perceptron with ``deep`` hidden layers."""
    layers: list[nn.Module] = [nn.Flatten()]
    for _ in range(deep):
        layers.append(nn.Linear(inputs, width))
        if norm:
            layers.append(nn.BatchNorm1d(width) if norm == "batch" else nn.LayerNorm(width))
        layers.append(nn.ReLU())
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


class UNet(nn.Module):
    """One step down, one up, and a skip; a label for each pixel."""

    def __init__(self, *, width: int = 8, norm: str = "", outputs: int = 3) -> None:
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(1, width, 3, 1, 1), _norm(norm, width), nn.ReLU())
        self.middle = nn.Sequential(nn.Conv2d(width, 2 * width, 3, 1, 1), _norm(norm, 2 * width), nn.ReLU())
        self.up = nn.ConvTranspose2d(2 * width, width, 2, 2)
        self.merge = nn.Sequential(nn.Conv2d(2 * width, width, 3, 1, 1), _norm(norm, width), nn.ReLU())
        self.head = nn.Conv2d(width, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        skip = self.down(x)
        inner = self.middle(functional.max_pool2d(skip, 2))
        return self.head(self.merge(torch.cat([self.up(inner), skip], 1)))  # type: ignore[no-any-return]


class Detached(nn.Module):
    """A net whose outputs are cut from its weights but for a factor of zero: it has gradients, all of them zero."""

    def __init__(self) -> None:
        super().__init__()
        self.net = cnn()

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        outputs = self.net(x)
        return outputs.detach() + 0 * outputs  # type: ignore[no-any-return]


def dead() -> nn.Module:
    """Return a net whose rectifiers never fire, and whose last bias is fixed."""
    net = cnn()
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d):
            assert layer.bias is not None
            nn.init.constant_(layer.bias, -100.0)
        elif isinstance(layer, nn.Linear):
            layer.bias.requires_grad_(False)
    return net


def warmup_cosine(optimizer: torch.optim.Optimizer, *, steps: int) -> LambdaLR:
    """Return the schedule that ``share_of_peak`` describes; the optimizer's rate is its peak."""
    return LambdaLR(optimizer, lambda step: share_of_peak(step, steps))


def share_of_peak(step: int, steps: int) -> float:
    """Return the share of the peak that a step trains at: a tenth of the run rising, then half a cosine down to 0."""
    warmup = max(1, round(WARMUP_SHARE * steps))
    if step < warmup:
        return (step + 1) / (warmup + 1)
    return 0.5 + 0.5 * math.cos(math.pi * min(1.0, (step - warmup) / max(1, steps - warmup)))
