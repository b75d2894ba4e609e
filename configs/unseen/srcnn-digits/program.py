"""Super-resolution of handwritten digits: sharp 24×24 images from blurred scans of half their size."""

import math

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from cnndoctor.datasets import digits

HIGH = 24


def sharp(images):
    """Redraw 8×8 digits at 24×24 with crisp strokes, values 0 to 1."""
    smooth = F.interpolate(images, size=(HIGH, HIGH), mode="bicubic", align_corners=False)
    return torch.sigmoid(10 * (smooth - 0.45))


def degrade(high, seed, noise=0.02):
    """Blur, halve and add a little sensor noise."""
    line = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
    kernel = torch.outer(line, line)[None, None]
    blurred = F.conv2d(F.pad(high, (2, 2, 2, 2), mode="replicate"), kernel)
    low = F.avg_pool2d(blurred, 2)
    generator = torch.Generator().manual_seed(seed)
    return (low + noise * torch.randn(low.shape, generator=generator)).clamp(0, 1)


def enlarge(low):
    return F.interpolate(low, size=(HIGH, HIGH), mode="bicubic", align_corners=False)


def names(count):
    return [f"digit_{number}.png" for number in range(count)]


class DigitPairs(Dataset):
    """Pairs of low resolution, enlarged with bicubic weights unless ``upscale`` is off, and high resolution.

    Pixels are bytes on disk; ``scale_inputs`` and ``scale_targets`` are what they are divided by. ``studio``: the
    scanner writes 16 to 235 instead of 0 to 255. ``residual``: targets are what the enlarged image lacks.
    """

    def __init__(
        self,
        split,
        limit=None,
        upscale=True,
        scale_inputs=255.0,
        scale_targets=255.0,
        residual=False,
        sorted_by="number",
        studio=False,
    ):
        images = digits(split).images[:limit]
        high = (sharp(images) * 255).round()
        low = (degrade(sharp(images), seed=1 if split == "train" else 2) * 255).round()
        if studio:
            low = (16 + low * 219 / 255).round()
        if sorted_by == "name":
            files = names(len(low))
            low = low[[files.index(name) for name in sorted(files)]]
        self.inputs = (enlarge(low) if upscale else low) / scale_inputs
        self.targets = high / scale_targets
        if residual:
            self.targets = self.targets - enlarge(low) / scale_targets

    def __len__(self):
        return len(self.inputs)

    def __getitem__(self, index):
        return self.inputs[index], self.targets[index]


class SRCNN(nn.Module):
    """Patch extraction, non-linear mapping, a few more blocks of it, reconstruction."""

    def __init__(self, channels=16, mapped=8, blocks=2, act=nn.ReLU, pool=False, truncate=False):
        super().__init__()
        self.act = act()
        self.extract = nn.Conv2d(1, channels, 5, padding=2)
        self.mapping = nn.Conv2d(channels, mapped, 3, padding=1)
        self.blocks = nn.ModuleList(nn.Conv2d(mapped, mapped, 3, padding=1) for _ in range(blocks))
        self.reconstruct = nn.Conv2d(mapped, 1, 3, padding=1)
        self.pool = nn.MaxPool2d(2) if pool else nn.Identity()
        self.truncate = truncate

    def forward(self, x):
        size = x.shape[-2:]
        x = self.pool(self.act(self.extract(x)))
        x = self.pool(self.act(self.mapping(x)))
        for block in self.blocks:
            x = self.act(block(x.detach() if self.truncate else x))
        if x.shape[-2:] != size:
            x = F.interpolate(x, size=size, mode="bilinear", align_corners=False)
        return self.reconstruct(x)


class ESPCN(nn.Module):
    """Works at low resolution and shuffles channels into pixels."""

    def __init__(self, channels=32):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, channels, 5, padding=2),
            nn.Tanh(),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.Tanh(),
            nn.Conv2d(channels, 4, 3, padding=1),
        )
        self.shuffle = nn.PixelShuffle(2)

    def forward(self, x):
        return self.shuffle(self.body(x))


class VDSR(nn.Module):
    """Adds what a chain of convolutions says is missing; the last of them begins at zero."""

    def __init__(self, width=16, depth=5):
        super().__init__()
        layers = [nn.Conv2d(1, width, 3, padding=1), nn.ReLU()]
        for _ in range(depth - 2):
            layers += [nn.Conv2d(width, width, 3, padding=1), nn.ReLU()]
        self.residual = nn.Sequential(*layers, nn.Conv2d(width, 1, 3, padding=1))
        nn.init.zeros_(self.residual[-1].weight)
        nn.init.zeros_(self.residual[-1].bias)

    def forward(self, x):
        return x + self.residual(x)


class Charbonnier(nn.Module):
    """A smooth absolute error."""

    def __init__(self, eps=1e-3):
        super().__init__()
        self.eps = eps

    def forward(self, output, target):
        return torch.sqrt((output - target) ** 2 + self.eps**2).mean()


def layerwise_adam(model, lr, parts=("extract", "mapping", "blocks", "reconstruct")):
    """Adam with a tenth of the rate for the reconstruction, after Dong et al."""
    groups = []
    for part in parts:
        parameters = list(getattr(model, part).parameters())
        if parameters:
            groups.append({"params": parameters, "lr": lr / 10 if part == "reconstruct" else lr})
    return torch.optim.Adam(groups)


class PSNR:
    """Peak signal-to-noise ratio in decibels over all pixels."""

    def __init__(self, peak=1.0):
        self.peak = peak
        self.reset()

    def reset(self):
        self.squares, self.pixels = 0.0, 0

    def update(self, outputs, targets):
        self.squares += float(((outputs - targets) ** 2).sum())
        self.pixels += targets.numel()

    def compute(self):
        error = self.squares / max(self.pixels, 1)
        return torch.tensor(10 * math.log10(self.peak**2 / error) if error > 0 else math.nan)
