"""A deep autoencoder of handwritten digits, eight numbers in the middle."""

from itertools import pairwise

from torch import nn
from torch.utils.data import Dataset

from cnndoctor.datasets import digits


class Pictures(Dataset):
    """A digit is its own target, as a flat vector of 64 pixels in [0, 1]."""

    def __init__(self, split):
        self.pixels = digits(split).images.flatten(1)

    def __len__(self):
        return len(self.pixels)

    def __getitem__(self, index):
        return self.pixels[index], self.pixels[index]


class AutoEncoder(nn.Module):
    def __init__(self, activation, widths=(64, 48, 32, 16, 8)):
        super().__init__()
        self.encoder = self.stack(widths, activation)
        self.decoder = self.stack(widths[::-1], activation)

    def stack(self, widths, activation):
        layers = []
        for a, b in pairwise(widths):
            layers += [nn.Linear(a, b), activation()]
        return nn.Sequential(*layers[:-1])

    def forward(self, x):
        return self.decoder(self.encoder(x))
