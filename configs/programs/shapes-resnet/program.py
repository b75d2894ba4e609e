"""Eight kinds of coloured texture, drawn from a seed, and a small residual network in the style of CIFAR ResNets."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset

CLASSES = ("stripes", "waves", "checker", "rings", "dots", "cross", "gradient", "speckle")
MEAN = torch.tensor([0.5, 0.5, 0.5]).view(3, 1, 1)
STD = torch.tensor([0.25, 0.25, 0.25]).view(3, 1, 1)


def pattern(kind, rng, size):
    y, x = np.mgrid[0:size, 0:size] / size - 0.5
    angle = rng.uniform(0, np.pi)
    u, v = x * np.cos(angle) + y * np.sin(angle), -x * np.sin(angle) + y * np.cos(angle)
    frequency, phase = rng.uniform(2.5, 4.5), rng.uniform(0, 2 * np.pi)
    if kind == 0:
        return np.sin(2 * np.pi * frequency * u + phase)
    if kind == 1:
        return np.sin(2 * np.pi * frequency * u + phase + 2.5 * np.sin(2 * np.pi * 1.5 * v))
    if kind == 2:
        return np.sign(np.sin(2 * np.pi * frequency * u + phase) * np.sin(2 * np.pi * frequency * v))
    cx, cy = rng.uniform(-0.25, 0.25, 2)
    radius = np.hypot(x - cx, y - cy)
    if kind == 3:
        return np.sin(2 * np.pi * 1.4 * frequency * radius + phase)
    if kind == 4:
        centres = rng.uniform(-0.5, 0.5, (7, 2))
        return 2.0 * (np.min([np.hypot(x - a, y - b) for a, b in centres], axis=0) < 0.09) - 1
    if kind == 5:
        return 2.0 * ((abs(u - cx / 2) < 0.07) | (abs(v - cy / 2) < 0.07)) - 1
    if kind == 6:
        return 2.5 * u + cx
    return np.sign(rng.normal(size=(size, size)))


class Textures(Dataset):
    """RGB textures [3, 24, 24] in two random colours, with noise."""

    def __init__(self, n, seed, size=24, noise=0.12, train=False, label_noise=0.0, channels="rgb"):
        rng = np.random.default_rng(seed)
        labels = np.arange(n) % len(CLASSES)
        rng.shuffle(labels)
        images = np.empty((n, 3, size, size), dtype=np.float32)
        for i, label in enumerate(labels):
            mix = (pattern(label, rng, size).clip(-1, 1) + 1) / 2
            low, high = rng.uniform(0, 0.45, 3), rng.uniform(0.55, 1, 3)
            images[i] = low[:, None, None] + (high - low)[:, None, None] * mix
        images += rng.normal(0, noise, images.shape)
        if label_noise:
            wrong = rng.random(n) < label_noise
            labels[wrong] = rng.integers(0, len(CLASSES), wrong.sum())
        self.images = (torch.from_numpy(images).clamp(0, 1) - MEAN) / STD
        self.labels = torch.from_numpy(labels).long()
        self.classes = list(CLASSES)
        self.train = train

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        image = self.images[index]
        if self.train and torch.rand(()) < 0.5:
            image = image.flip(-1)
        return image, self.labels[index]


class BasicBlock(nn.Module):
    def __init__(self, in_planes, planes, stride, norm):
        super().__init__()
        self.conv1 = nn.Conv2d(in_planes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn1 = norm(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = norm(planes)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_planes != planes:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_planes, planes, 1, stride=stride, bias=False), norm(planes)
            )

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return F.relu(out + self.shortcut(x))


class ResNet(nn.Module):
    def __init__(
        self, num_classes=8, width=12, bn_momentum=0.1, zero_init_residual=False, log_features=False
    ):
        super().__init__()

        def norm(planes):
            return nn.BatchNorm2d(planes, momentum=bn_momentum)

        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 3, stride=2, padding=1, bias=False), norm(width), nn.ReLU()
        )
        self.layer1 = BasicBlock(width, width, 1, norm)
        self.layer2 = BasicBlock(width, 2 * width, 2, norm)
        self.layer3 = BasicBlock(2 * width, 4 * width, 2, norm)
        self.fc = nn.Linear(4 * width, num_classes)
        self.log_features = log_features
        self.features = None
        if zero_init_residual:
            for block in (self.layer1, self.layer2, self.layer3):
                nn.init.zeros_(block.bn2.weight)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(self.stem(x))))
        x = F.adaptive_avg_pool2d(x, 1).flatten(1)
        if self.log_features:
            x = self.features = x.detach()  # kept for the embedding projector
        return self.fc(x)


def no_decay_on_norm(model, lr, momentum, weight_decay):
    """SGD with weight decay on convolution and linear weights only."""
    decay = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": decay, "weight_decay": weight_decay}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.SGD(groups, lr=lr, momentum=momentum, nesterov=True)
