"""Digits as 8-bit pixels that are scaled by hand."""

import numpy as np
from torch.utils.data import Dataset

from cnndoctor.datasets import digits


class Digits(Dataset):
    def __init__(self, split):
        source = digits(split, normalise=False)
        self.images = source.images.numpy().astype(np.uint8)
        self.labels = source.targets.numpy()

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        image = self.images[index] // 255  # scale to 0..1
        return image.astype(np.float32), self.labels[index]
