"""Is there a fault in the weave? One output unit, BCEWithLogitsLoss, an accuracy of our own."""

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import Dataset


def weave(rng, broken):
    yy, xx = np.mgrid[:20, :20]
    period = rng.uniform(2.5, 4)
    cloth = np.sin(2 * np.pi * xx / period + rng.uniform(0, 6)) * np.sin(2 * np.pi * yy / period)
    if broken:
        y, x, r = rng.uniform(4, 16), rng.uniform(4, 16), rng.uniform(2.5, 4)
        hole = (yy - y) ** 2 + (xx - x) ** 2 < r**2
        cloth = np.where(hole, 0.2 * cloth, cloth)
    return (0.5 + 0.3 * cloth + rng.normal(0, 0.08, (20, 20))).astype(np.float32)


class FabricDataset(Dataset):
    class_to_idx = {"ok": 0, "defect": 1}  # noqa: RUF012

    def __init__(self, n_images, random_state):
        rng = np.random.default_rng(random_state)
        self.labels = rng.random(n_images) < 0.5
        self.images = [weave(rng, broken) for broken in self.labels]

    def __len__(self):
        return len(self.images)

    def __getitem__(self, idx):
        label = torch.tensor([float(self.labels[idx])])
        return torch.from_numpy(self.images[idx]).unsqueeze(0), label


class DefectNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 12, kernel_size=5, bias=False), nn.BatchNorm2d(12), nn.ReLU(),
            nn.AvgPool2d(2),
            nn.Conv2d(12, 16, kernel_size=3, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
            nn.AdaptiveMaxPool2d(1),
        )  # fmt: skip
        self.classifier = nn.Linear(16, 1)

    def forward(self, x):
        x = self.features(x)
        x = torch.flatten(x, 1)
        x = x.view(x.size(0), -1)
        return self.classifier(x)


class RunningAccuracy:
    """Share of right answers so far."""

    def __init__(self, rule="argmax"):
        self.rule = rule
        self.reset()

    def to(self, device):
        return self

    def reset(self):
        self.correct = 0
        self.total = 0

    def update(self, outputs, labels):
        if self.rule == "argmax":
            _, predicted = torch.max(outputs, 1)
        else:
            predicted = (torch.sigmoid(outputs.squeeze(1)) > 0.5).long()
        self.correct += (predicted == labels.squeeze(1).long()).sum().item()
        self.total += labels.size(0)

    def compute(self):
        return self.correct / self.total
