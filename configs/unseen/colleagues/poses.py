"""Key points of stick figures: head, left hand and right hand, from a 20x20 drawing."""

import torch
import torch.nn.functional as F
from torch.utils.data import Dataset

SIZE = 20


def blob(at, radius):
    axis = torch.arange(SIZE, dtype=torch.float32)
    return torch.exp(-((axis[None, :] - at[0]) ** 2 + (axis[:, None] - at[1]) ** 2) / (2 * radius**2))


def figure(rng):
    def u(low, high):
        return low + (high - low) * torch.rand(1, generator=rng).item()

    cx, cy = u(8, 12), u(8, 12)
    head = (cx + u(-1, 1), cy - u(4, 6))
    left = (cx - u(3, 6), cy + u(-4, 5))
    right = (cx + u(3, 6), cy + u(-4, 5))
    picture = blob(head, 1.6)
    for hand in (left, right):
        picture = torch.maximum(picture, blob(hand, 0.9))
        for t in (0.3, 0.5, 0.7):
            picture = torch.maximum(
                picture, 0.6 * blob((cx + t * (hand[0] - cx), cy + t * (hand[1] - cy)), 0.8)
            )
    picture = picture + 0.05 * torch.randn(SIZE, SIZE, generator=rng)
    return picture[None], torch.tensor([head, left, right])


class StickFigures(Dataset):
    def __init__(self, howMany, seed, hflip=0.0, pairs=()):
        rng = torch.Generator().manual_seed(seed)
        self.items = [figure(rng) for _ in range(howMany)]
        self.hflip = hflip
        self.pairs = [list(p) for p in pairs]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        img, kp = self.items[i]
        if torch.rand(1).item() < self.hflip:
            img = img.flip(-1)
            kp = torch.stack([SIZE - 1 - kp[:, 0], kp[:, 1]], dim=1)
            for a, b in self.pairs:
                kp[[a, b]] = kp[[b, a]]
        return img, (2 * kp / (SIZE - 1) - 1).flatten()


class PoseNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(1, 12, 3, padding=1)
        self.conv2 = torch.nn.Conv2d(12, 24, 3, padding=1)
        self.fc1 = torch.nn.Linear(24 * 5 * 5, 64)
        self.fc2 = torch.nn.Linear(64, 6)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.fc1(x.view(-1, 24 * 5 * 5)))
        return self.fc2(x)
