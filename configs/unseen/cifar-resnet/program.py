"""A small residual network on four classes of CIFAR-10, read from the archive of JPEG files."""

import io
import os
import zipfile
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import Dataset, WeightedRandomSampler

CLASSES = ("airplane", "automobile", "bird", "horse")
ATTRIBUTES = ("machine", "animal", "flies", "four_legs_or_wheels")
ATTRIBUTES_OF = torch.tensor([[1, 0, 1, 0], [1, 0, 0, 1], [0, 1, 1, 0], [0, 1, 0, 1]], dtype=torch.float32)
MEAN = torch.tensor([0.49, 0.49, 0.46]).view(3, 1, 1)
STD = torch.tensor([0.25, 0.24, 0.26]).view(3, 1, 1)


def archive():
    """The archive in the folder that CNNDOCTOR_DATA names."""
    folder = os.environ.get("CNNDOCTOR_DATA")
    if not folder:
        raise RuntimeError("Set CNNDOCTOR_DATA to the folder that holds cifar10.zip.")
    path = Path(folder) / "cifar10.zip"
    if not path.is_file():
        raise RuntimeError(f"CNNDOCTOR_DATA is {folder}, but there is no cifar10.zip in it.")
    return path


def decode(data, color=True):
    """JPEG to uint8 [3, 32, 32]."""
    out = np.zeros((3, 32, 32), dtype=np.uint8)
    with Image.open(io.BytesIO(data)) as image:
        if color:
            out[:] = np.asarray(image.convert("RGB")).transpose(2, 0, 1)
        else:
            out[0] = np.asarray(image.convert("L"))
    return out


@lru_cache(maxsize=8)
def load_split(split, counts, color=True, seed=0):
    """Images [N, 3, 32, 32] and labels [N]: ``counts`` images of each class, chosen by the seed."""
    rng = np.random.default_rng(seed)
    images, labels = [], []
    with zipfile.ZipFile(archive()) as file:
        names = sorted(name for name in file.namelist() if name.endswith(".jpg"))
        for label, (name, count) in enumerate(zip(CLASSES, counts, strict=True)):
            of_class = [member for member in names if member.startswith(f"{split}/{name}/")]
            for index in rng.permutation(len(of_class))[:count]:
                images.append(decode(file.read(of_class[index]), color))
                labels.append(label)
    return torch.from_numpy(np.stack(images)), torch.tensor(labels)


class Cifar(Dataset):
    """A part of CIFAR-10, normalised; training images are flipped and cropped at random."""

    classes = CLASSES

    def __init__(self, split, counts=(500, 500, 500, 500), augment=False, color=True, shuffle_seed=None):
        self.images, self.targets = load_split(split, tuple(counts), color)
        if shuffle_seed is not None:  # so that the first batches hold all classes
            order = torch.randperm(len(self.images), generator=torch.Generator().manual_seed(shuffle_seed))
            self.images = self.images[order]
        self.augment = augment

    def __len__(self):
        return len(self.images)

    def image(self, index):
        image = self.images[index]
        if self.augment:
            image = flip_and_crop(image)
        return (image.float() / 255 - MEAN) / STD

    def __getitem__(self, index):
        return self.image(index), int(self.targets[index])


class CrowdCifar(Cifar):
    """Labels as a crowd gave them: a share of the workers clicked anything."""

    def __init__(self, *args, careless=0.5, **kwargs):
        super().__init__(*args, **kwargs)
        rng = np.random.default_rng(11)
        clicked = torch.from_numpy(rng.integers(0, len(CLASSES), len(self.targets)))
        self.targets = torch.where(
            torch.from_numpy(rng.random(len(clicked)) < careless), clicked, self.targets
        )


class CifarAttributes(Cifar):
    """What is true of the thing in the picture, several at a time: targets [4] of 0 and 1."""

    classes = ATTRIBUTES

    def __getitem__(self, index):
        return self.image(index), ATTRIBUTES_OF[self.targets[index]]


def flip_and_crop(image, padding=4):
    """Mirror every other image and cut 32 pixels out of the padded one."""
    flip, top, left = torch.randint(0, 2 * padding + 1, (3,)).tolist()
    if flip % 2:
        image = image.flip(-1)
    padded = nn.functional.pad(image, (padding,) * 4)
    return padded[:, top : top + 32, left : left + 32]


def balanced_sampler(dataset):
    """Every class equally often."""
    counts = torch.bincount(dataset.targets)
    return WeightedRandomSampler((1 / counts.double())[dataset.targets], len(dataset))


class BasicBlock(nn.Module):
    def __init__(self, c_in, c_out, stride=1, act=nn.ReLU):
        super().__init__()
        self.conv1 = nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c_out)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(c_out)
        self.act = act()
        self.shortcut = nn.Identity()
        if stride != 1 or c_in != c_out:
            self.shortcut = nn.Sequential(
                nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out)
            )

    def forward(self, x):
        out = self.act(self.bn1(self.conv1(x)))
        return self.act(self.bn2(self.conv2(out)) + self.shortcut(x))


class ResNet(nn.Module):
    """A stem and one block per width; every block after the first halves the resolution."""

    def __init__(self, widths=(16, 32, 64), num_classes=4, act=nn.ReLU, zero_init=False, head_act=None):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, widths[0], 3, 2, 1, bias=False), nn.BatchNorm2d(widths[0]), act()
        )
        blocks, c_in = [], widths[0]
        for index, width in enumerate(widths):
            blocks.append(BasicBlock(c_in, width, stride=1 if index == 0 else 2, act=act))
            c_in = width
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c_in, num_classes))
        if head_act is not None:
            self.head.append(head_act)
        if zero_init:
            for block in self.blocks:
                nn.init.zeros_(block.bn2.weight)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)))


class NesterovSGD(torch.optim.Optimizer):
    """SGD with decay and Nesterov momentum, written out."""

    def __init__(self, params, lr, momentum=0.9, weight_decay=0.0):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                grad = p.grad.add(p, alpha=group["weight_decay"])
                state = self.state[p]
                if "velocity" not in state:
                    state["velocity"] = torch.zeros_like(p)
                velocity = state["velocity"].mul_(group["momentum"]).add_(grad)
                p.add(grad + group["momentum"] * velocity, alpha=-group["lr"])
