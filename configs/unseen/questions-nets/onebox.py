"""Find the one object in a picture: what it is, and its box measured from the middle of the picture."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset

CLASSES = {0: "disc", 1: "block", 2: "frame"}
W = 24


def scene(rng):
    yy, xx = np.mgrid[:W, :W]
    kind = int(rng.integers(3))
    w, h = rng.uniform(6, 12, 2)
    cx, cy = rng.uniform(w / 2, W - w / 2), rng.uniform(h / 2, W - h / 2)
    dx, dy = abs(xx + 0.5 - cx) / (w / 2), abs(yy + 0.5 - cy) / (h / 2)
    inside = np.hypot(dx, dy) < 1 if kind == 0 else np.maximum(dx, dy) < 1
    if kind == 2:
        inside &= np.maximum(dx, dy) > 0.55
    image = rng.uniform(0, 0.2) + inside * rng.uniform(0.6, 1) + rng.normal(0, 0.1, (W, W))
    box = [cx / W * 2 - 1, cy / W * 2 - 1, w / W, h / W]
    return image, kind, box


class SceneDataset(Dataset):
    def __init__(self, n, seed):
        rng = np.random.RandomState(seed)
        rng = np.random.default_rng(rng.randint(10**6))
        self.scenes = [scene(rng) for _ in range(n)]

    def __len__(self):
        return len(self.scenes)

    def __getitem__(self, idx):
        image, kind, box = self.scenes[idx]
        return {"image": torch.FloatTensor(image)[None], "label": kind, "box": torch.FloatTensor(box)}


class BB_model(nn.Module):
    def __init__(self, clip_boxes=False):
        super(BB_model, self).__init__()  # noqa: UP008
        self.features1 = nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        )  # fmt: skip
        self.fc = nn.Sequential(nn.Linear(24 * 6 * 6, 64), nn.ReLU())
        self.classifier = nn.Linear(64, 3)
        bb = [nn.Linear(64, 4)]
        if clip_boxes:
            bb.append(nn.ReLU())
        self.bb = nn.Sequential(*bb)

    def forward(self, x):
        x = self.features1(x)
        x = self.fc(x.view(x.shape[0], -1))
        return self.classifier(x), self.bb(x)


def train_batch(model, batch, box_loss, C=10):
    out_class, out_bb = model(batch["image"])
    loss_class = F.cross_entropy(out_class, batch["label"])
    loss_bb = box_loss(out_bb, batch["box"])
    return {"loss": loss_class + C * loss_bb, "outputs": out_bb, "targets": batch["box"]}
