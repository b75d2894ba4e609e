"""One object in each picture: what it is and where it is, from one backbone with two heads."""

from functools import cache

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset

CLASSES = ("disc", "square", "triangle", "cross")
SIZE, SCENES, FRAMES, HELD_OUT = 40, 330, 3, 80


@cache
def film():
    """Every scene is one object before one background, filmed in four frames while it moves."""
    rng = np.random.default_rng(11)
    pictures, labels, boxes = [], [], []
    for _ in range(SCENES):
        kind = int(rng.integers(len(CLASSES)))
        radius, colour = rng.uniform(6, 10), rng.integers(90, 256, 3)
        background = _background(rng)
        for _ in range(FRAMES):
            x, y = rng.uniform(11, SIZE - 11, 2)
            r = radius * rng.uniform(0.9, 1.1)
            picture = background.copy()
            _draw(ImageDraw.Draw(picture), kind, (x, y), r, tuple(colour.tolist()))
            noisy = np.asarray(picture, np.float32) + rng.normal(0, 8, (SIZE, SIZE, 3))
            pictures.append(noisy.clip(0, 255).astype(np.uint8))
            labels.append(kind)
            boxes.append((x / SIZE, y / SIZE, 2 * r / SIZE, 2 * r / SIZE))
    return np.stack(pictures), np.array(labels), np.array(boxes, np.float32)


def _background(rng):
    coarse = rng.integers(0, 90, (4, 4, 3)).astype(np.uint8)
    picture = Image.fromarray(coarse).resize((SIZE, SIZE), Image.Resampling.BILINEAR)
    pen = ImageDraw.Draw(picture)
    for _ in range(3):
        pen.line(rng.integers(0, SIZE, 4).tolist(), fill=tuple(rng.integers(40, 200, 3).tolist()))
    return picture


def _draw(pen, kind, centre, r, colour):
    x, y = centre
    if kind == 0:
        pen.ellipse((x - r, y - r, x + r, y + r), fill=colour)
    elif kind == 1:
        pen.rectangle((x - r, y - r, x + r, y + r), fill=colour)
    elif kind == 2:
        pen.polygon(((x, y - r), (x + r, y + r), (x - r, y + r)), fill=colour)
    else:
        pen.rectangle((x - r, y - r / 3, x + r, y + r / 3), fill=colour)
        pen.rectangle((x - r / 3, y - r, x + r / 3, y + r), fill=colour)


class ToTensor:
    """Bytes [H, W, 3] to floats [3, H, W] in [0, 1]."""

    def __call__(self, picture):
        return torch.from_numpy(picture).permute(2, 0, 1).float() / 255


class ToRawTensor:
    """Bytes [H, W, 3] to floats [3, H, W], still 0 to 255."""

    def __call__(self, picture):
        return torch.from_numpy(picture).permute(2, 0, 1).float()


class Normalize:
    def __init__(self, mean, std):
        self.mean, self.std = mean, std

    def __call__(self, image):
        return (image - self.mean) / self.std


class FlipAndShift:
    """Mirrors the picture and moves it by a few pixels, the box with it."""

    def __init__(self, flip=0.5, shift=2):
        self.flip, self.shift = flip, shift

    def __call__(self, picture, box):
        box = box.copy()
        if torch.rand(()) < self.flip:
            picture = np.ascontiguousarray(picture[:, ::-1])
            box[0] = 1 - box[0]
        dx, dy = torch.randint(-self.shift, self.shift + 1, (2,)).tolist()
        picture = np.roll(picture, (dy, dx), (0, 1))
        box[:2] += np.array([dx, dy], np.float32) / SIZE
        return picture, box


class Shapes(Dataset):
    """Samples are (image, {"label": class, "box": centre and size}); `groups` tells the scene of each frame."""

    classes = CLASSES

    def __init__(
        self,
        split,
        transforms=(),
        augment=None,
        split_by="scene",
        listing="by number",
        annotators=1,
    ):
        pictures, labels, boxes = film()
        frames = np.arange(len(pictures))
        if split_by == "scene":
            held_out = frames // FRAMES >= SCENES - HELD_OUT
        else:
            held_out = np.random.default_rng(0).random(len(frames)) < HELD_OUT / SCENES
        self.frames = frames[held_out if split == "validation" else ~held_out]
        names = [f"frame_{number}.png" for number in self.frames]
        if listing == "by name":
            names = sorted(names)
        self.pictures = [pictures[int(name[6:-4])] for name in names]
        self.labels = labels[self.frames].tolist()
        self.boxes = list(boxes[self.frames])
        self.groups = (self.frames // FRAMES).tolist()
        if annotators == 2:
            self._add_second_export()
        self.transforms, self.augment = list(transforms), augment

    def _add_second_export(self):
        """The second annotator drew the same boxes; her tool lists the classes by name."""
        by_name = sorted(CLASSES)
        self.labels += [by_name.index(CLASSES[label]) for label in self.labels]
        self.pictures, self.boxes, self.groups = self.pictures * 2, self.boxes * 2, self.groups * 2

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        image, box = self.pictures[index], self.boxes[index]
        if self.augment is not None:
            image, box = self.augment(image, box)
        for transform in self.transforms:
            image = transform(image)
        return image, {"label": self.labels[index], "box": torch.from_numpy(box)}


def stage(width):
    return nn.Sequential(
        nn.Conv2d(width, width, 3, padding=1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2, ceil_mode=True),
    )


class Detector(nn.Module):
    def __init__(self, width=16, hidden=96, dropout=0.3):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 5, stride=2, padding=2, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
        )
        self.stages = nn.ModuleList(stage(width) for _ in range(3))
        self.pool = nn.AdaptiveAvgPool2d(3)
        self.neck = nn.Linear(width * 9, hidden)
        self.dropout = nn.Dropout(dropout)
        self.class_head = nn.Linear(hidden, len(CLASSES))
        self.box_head = nn.Linear(hidden, 4)

    def features(self, images):
        x = self.stem(images)
        for stage in self.stages:
            x = stage(x)
        return self.pool(x).flatten(1)

    def embed(self, features):
        return self.dropout(F.relu(self.neck(features)))

    def forward(self, images):
        z = self.embed(self.features(images))
        return self.class_head(z), self.box_head(z)


class FunctionalDetector(Detector):
    """The neck in functional style."""

    def embed(self, features):
        return F.dropout(F.relu(self.neck(features)), p=self.dropout.p)


class StagedDetector(Detector):
    """Keeps the map of the stem beside that of the stages."""

    def features(self, images):
        x = self.stem(images)
        for stage in self.stages:
            out = stage(x)
        return self.pool(out).flatten(1)


def step(model, batch, loss, box_weight=5.0):
    images, truth = batch
    logits, boxes = model(images)
    classification = loss(logits, truth["label"])
    localisation = F.smooth_l1_loss(boxes, truth["box"], beta=0.1)
    return {
        "loss": classification + box_weight * localisation,
        "outputs": (logits, boxes),
        "targets": (truth["label"], truth["box"]),
    }


def root_step(model, batch, loss, box_weight=5.0):
    """Width and height are compared by their roots, so that a pixel weighs more in a small box."""
    images, truth = batch
    logits, boxes = model(images)
    centre, size = boxes.split(2, dim=1)
    true_centre, true_size = truth["box"].split(2, dim=1)
    localisation = F.smooth_l1_loss(centre, true_centre, beta=0.1)
    localisation = localisation + F.smooth_l1_loss(size.sqrt(), true_size.sqrt(), beta=0.1)
    return {
        "loss": loss(logits, truth["label"]) + box_weight * localisation,
        "outputs": (logits, boxes),
        "targets": (truth["label"], truth["box"]),
    }


def _groups(model, weight_decay):
    weights = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim == 1]
    return [{"params": weights, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


def adamw(model, lr, weight_decay):
    """No decay on norms and biases."""
    return torch.optim.AdamW(_groups(model, weight_decay), lr=lr)


def adamw_for_detector(model, lr, weight_decay):
    detector = Detector()
    return torch.optim.AdamW(_groups(detector, weight_decay), lr=lr)


class Accuracy:
    def __init__(self):
        self.reset()

    def reset(self):
        self.right = self.seen = 0

    def update(self, outputs, targets):
        logits, labels = outputs[0], targets[0]
        self.right += int((logits.argmax(1) == labels).sum())
        self.seen += len(labels)

    def compute(self):
        return self.right / max(1, self.seen)


class MeanIoU:
    """Intersection over union of predicted and true box, mean over pictures."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.total, self.seen = 0.0, 0

    def update(self, outputs, targets):
        low, high = self._corners(outputs[1])
        true_low, true_high = self._corners(targets[1])
        overlap = (torch.minimum(high, true_high) - torch.maximum(low, true_low)).clamp(min=0).prod(1)
        area = (high - low).clamp(min=0).prod(1) + (true_high - true_low).prod(1)
        self.total += float((overlap / (area - overlap)).sum())
        self.seen += len(overlap)

    def compute(self):
        return self.total / max(1, self.seen)

    @staticmethod
    def _corners(boxes):
        centre, size = boxes.split(2, dim=1)
        return centre - size / 2, centre + size / 2
