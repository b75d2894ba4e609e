"""Fine-tuning: a network that learned the digits 0 to 4 keeps its convolutions and learns to tell 5 to 9 apart.

The network is trained on the first digits when it is asked for, always to the same weights.
"""

import functools

import torch
from torch import nn
from torch.utils.data import Dataset

from cnndoctor.datasets import digits

NAMES = ("five", "six", "seven", "eight", "nine")


class LaterDigits(Dataset):
    """The digits 5 to 9, numbered from 0 in the order of ``names``."""

    def __init__(self, split, names=NAMES, limit=None, inverted=False):
        source = digits(split)
        keep = source.targets >= 5
        self.images = source.images[keep][:limit]
        if inverted:  # black on white, as on paper
            self.images = 1 - self.images
        number = {name: index for index, name in enumerate(names)}
        self.labels = [number[NAMES[int(label) - 5]] for label in source.targets[keep][:limit]]

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.images[index], self.labels[index]


def sorted_names():
    """Class folders in the order of the file system."""
    return sorted(NAMES)


def conv_block(cin, cout):
    return nn.Sequential(nn.Conv2d(cin, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout), nn.ReLU())


class Backbone(nn.Sequential):
    def __init__(self):
        super().__init__(
            conv_block(1, 16),
            conv_block(16, 24),
            nn.MaxPool2d(2),
            conv_block(24, 32),
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),
        )


@functools.cache
def pretrained_state():
    """Train a backbone on the digits 0 to 4 for three epochs; the random state outside stays as it was."""
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(1234)
        source = digits("train")
        keep = source.targets < 5
        images, labels = source.images[keep], source.targets[keep]
        backbone, head = Backbone(), nn.Linear(128, 5)
        optimizer = torch.optim.Adam([*backbone.parameters(), *head.parameters()], lr=3e-3)
        for _ in range(3):
            for batch in torch.randperm(len(images)).split(32):
                optimizer.zero_grad()
                nn.functional.cross_entropy(head(backbone(images[batch])), labels[batch]).backward()
                optimizer.step()
    return {name: value.clone() for name, value in backbone.state_dict().items()}


class Classifier(nn.Module):
    """A frozen backbone and a new head."""

    def __init__(self, backbone, num_classes=5, frozen=True):
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(128, num_classes)
        if frozen:
            self.backbone.requires_grad_(False)

    def train(self, mode=True):
        super().train(mode)
        self.backbone.eval()  # running statistics stay those of pretraining
        return self

    def forward(self, x):
        return self.head(self.backbone(x))


class LazyClassifier(Classifier):
    """Builds its head when it first sees how wide the features are."""

    def __init__(self, backbone, num_classes=5, frozen=True):
        super().__init__(backbone, num_classes, frozen)
        self.num_classes = num_classes
        self.head = None

    def forward(self, x):
        features = self.backbone(x)
        if self.head is None:
            self.head = nn.Linear(features.shape[1], self.num_classes).to(features.device)
        return self.head(features)


def finetune(pretrained=True, frozen=True, num_classes=5, lazy_head=False):
    backbone = Backbone()
    if pretrained:
        backbone.load_state_dict(pretrained_state())
    return (LazyClassifier if lazy_head else Classifier)(backbone, num_classes, frozen)


def two_rates(model, lr, backbone_lr, weight_decay=0.0):
    """Adam with a rate of its own for the backbone."""
    groups = [
        {"params": model.backbone.parameters(), "lr": backbone_lr},
        {"params": [p for name, p in model.named_parameters() if not name.startswith("backbone")], "lr": lr},
    ]
    return torch.optim.Adam([g for g in groups if g["params"]], lr=lr, weight_decay=weight_decay)
