"""The two-convolution network of many tutorials, on a few thousand images of MNIST."""

import os
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset


def data_file(name):
    """Path of a file in the folder that CNNDOCTOR_DATA names."""
    folder = os.environ.get("CNNDOCTOR_DATA")
    if not folder:
        raise RuntimeError(f"Set CNNDOCTOR_DATA to the folder that holds {name}.")
    path = Path(folder) / name
    if not path.is_file():
        raise RuntimeError(f"CNNDOCTOR_DATA is {folder}, but there is no {name} in it.")
    return path


def raw(image):
    return image[None].float()


def unit(image):
    return image[None].float() / 255


def standardised(image):
    return (unit(image) - 0.1307) / 0.3081


def scanned(image):
    """As a scanner sees it: dark ink on white paper."""
    return (unit(255 - image) - 0.1307) / 0.3081


class RandomShift:
    """Moves the digit by up to some pixels in both directions, then standardises."""

    def __init__(self, pixels):
        self.pixels = pixels

    def __call__(self, image):
        dx, dy = torch.randint(-self.pixels, self.pixels + 1, (2,)).tolist()
        return standardised(image.roll((dy, dx), (0, 1)))


class NumpyShift:
    """RandomShift with a generator of its own, so that runs can be repeated."""

    def __init__(self, pixels, seed=0):
        self.pixels = pixels
        self.rng = np.random.default_rng(seed)

    def __call__(self, image):
        dx, dy = self.rng.integers(-self.pixels, self.pixels + 1, 2).tolist()
        return standardised(image.roll((dy, dx), (0, 1)))


class MNIST(Dataset):
    """A seeded part of MNIST: training from its training images, validation from its test images."""

    classes = tuple(str(digit) for digit in range(10))

    def __init__(self, split, n, transform=standardised, seed=0):
        part = "train" if split == "train" else "test"
        with np.load(data_file("mnist.npz")) as file:
            images, labels = file[f"x_{part}"], file[f"y_{part}"]
        chosen = np.random.default_rng(seed).permutation(len(labels))[:n]
        self.images = torch.from_numpy(images[chosen])
        self.targets = torch.from_numpy(labels[chosen])
        self.transform = transform

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, index):
        return self.transform(self.images[index]), int(self.targets[index])


class VotedMNIST(MNIST):
    """Each digit comes with the shares of five annotators' votes, as CIFAR-10H does it.

    An annotator may pass; ``passes`` is how often.
    """

    def __init__(self, split, n, seed=0, annotators=5, agree=0.85, passes=0.0):
        super().__init__(split, n, seed=seed)
        rng = np.random.default_rng(seed + 1)
        votes = np.zeros((n, 10), dtype=np.float32)
        for _ in range(annotators):
            said = np.where(rng.random(n) < agree, self.targets.numpy(), rng.integers(0, 10, n))
            votes[np.arange(n), said] += rng.random(n) >= passes
        if passes == 0:
            assert (votes.sum(1) == annotators).all()
        self.votes = torch.from_numpy(votes)

    def __getitem__(self, index):
        votes = self.votes[index]
        return self.transform(self.images[index]), votes / votes.sum()


class Net(nn.Module):
    """Two strided convolutions and two dense layers, as in pytorch/examples."""

    def __init__(self, norm_groups=10, softmax_dim=1):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 5, stride=2, padding=2)
        self.conv2 = nn.Conv2d(16, 32, 5, stride=2, padding=2)
        self.fc1 = nn.Linear(32 * 7 * 7, 100)
        self.norm = nn.GroupNorm(norm_groups, 100)
        self.dropout = nn.Dropout(0.25)
        self.fc2 = nn.Linear(100, 10)
        self.softmax_dim = softmax_dim

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        x = torch.flatten(x, 1)
        x = F.relu(self.norm(self.fc1(x)))
        x = self.dropout(x)
        x = self.fc2(x)
        return F.log_softmax(x, dim=self.softmax_dim)


class CompactNet(nn.Module):
    """Net, shorter: the layers in two containers."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 5, stride=2, padding=2),
            nn.Conv2d(16, 32, 5, stride=2, padding=2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(32 * 7 * 7, 100),
            nn.GroupNorm(10, 100),
            nn.Dropout(0.25),
            nn.Linear(100, 10),
        )

    def forward(self, x):
        return F.log_softmax(self.classifier(self.features(x)), dim=1)


def finetune_sgd(model, lr, momentum=0.9):
    """SGD on the last layer, as in the tutorial on transfer learning."""
    return torch.optim.SGD(model.fc2.parameters(), lr=lr, momentum=momentum)


class SoftNLL(nn.Module):
    """Cross-entropy of log-probabilities [N, C] against shares [N, C]."""

    def forward(self, log_probabilities, shares):
        return -(shares * log_probabilities).sum(1).mean()


class Accuracy:
    """Share of digits whose likeliest class is the label, or the class with the most votes."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.right = self.seen = 0

    def update(self, outputs, targets):
        labels = targets if targets.ndim == 1 else targets.argmax(1)
        self.right += int((outputs.argmax(1) == labels).sum())
        self.seen += len(labels)

    def compute(self):
        return torch.tensor(self.right / max(self.seen, 1))

    def to(self, device):
        return self
