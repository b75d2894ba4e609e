import torch
from torch import nn

from cnndoctor.datasets import digits


class FloatDigits(torch.utils.data.Dataset):
    classes = tuple("0123456789")

    def __init__(self, split):
        self.data = digits(split)

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        image, label = self.data[index]
        return image, torch.tensor([float(label)])


def net():
    return nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 1))
