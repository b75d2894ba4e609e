"""Small icons somewhere on a noisy tile, told apart by a little ResNet."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

PATTERNS = {
    "plus": ["..#..", "..#..", "#####", "..#..", "..#.."],
    "cross": ["#...#", ".#.#.", "..#..", ".#.#.", "#...#"],
    "ring": [".###.", "#...#", "#...#", "#...#", ".###."],
    "square": ["#####", "#...#", "#...#", "#...#", "#####"],
    "tee": ["#####", "..#..", "..#..", "..#..", "..#.."],
    "ell": ["#....", "#....", "#....", "#....", "#####"],
    "zed": ["#####", "...#.", "..#..", ".#...", "#####"],
    "aitch": ["#...#", "#...#", "#####", "#...#", "#...#"],
}
ICONS = [np.array([[c == "#" for c in row] for row in rows], dtype=np.float32) for rows in PATTERNS.values()]


class IconTiles(torch.utils.data.Dataset):
    classes = tuple(PATTERNS)

    def __init__(self, amount, seed):
        rng = np.random.default_rng(seed)
        self.data = []
        for k in range(amount):
            tile = rng.normal(0.0, 0.3, (1, 24, 24)).astype(np.float32)
            y, x = rng.integers(0, 20, 2)
            tile[0, y : y + 5, x : x + 5] += 1.5 * ICONS[k % 8]
            self.data.append((torch.from_numpy(tile), k % 8))

    def __len__(self):
        return len(self.data)

    def __getitem__(self, k):
        return self.data[k]


class BasicBlock(nn.Module):
    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_planes, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = None
        if stride != 1 or in_planes != planes:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_planes, planes, 1, stride, bias=False), nn.BatchNorm2d(planes)
            )

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return F.relu(out + identity)


class SmallResNet(nn.Module):
    def __init__(self, stem="imagenet", num_classes=8):
        super().__init__()
        if stem == "imagenet":
            self.stem = nn.Sequential(
                nn.Conv2d(1, 12, 7, stride=2, padding=3, bias=False),
                nn.BatchNorm2d(12),
                nn.ReLU(inplace=True),
                nn.MaxPool2d(3, stride=2, padding=1),
            )
        else:
            self.stem = nn.Sequential(
                nn.Conv2d(1, 12, 3, stride=1, padding=1, bias=False),
                nn.BatchNorm2d(12),
                nn.ReLU(inplace=True),
            )
        self.layer1 = BasicBlock(12, 12)
        self.layer2 = BasicBlock(12, 24, 2)
        self.layer3 = BasicBlock(24, 32, 2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(32, num_classes)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(self.stem(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))
