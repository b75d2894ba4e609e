import numpy as np
import torch
from torch import nn

from cnndoctor.datasets import digits


def net():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(256, 10)
    )


def augmented():
    generator = np.random.default_rng()

    def shift(image):
        return image + 0.1 * torch.from_numpy(generator.standard_normal(image.shape).astype("float32"))

    return digits("train", transform=shift)
