"""The model of digits.yaml, as a user's own code would stand beside a config."""

import torch
from torch import nn


class SmallCNN(nn.Module):
    """Two blocks of convolution, BatchNorm, ReLU and pooling, then one linear head that gives raw scores."""

    def __init__(self, num_classes=10, width=16):
        super().__init__()
        self.features = nn.Sequential(
            block(1, width),  # [N, 1, 8, 8] -> [N, 16, 4, 4]
            block(width, 2 * width),  # -> [N, 32, 2, 2]
        )
        self.head = nn.Linear(2 * width * 2 * 2, num_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Turn images [N, 1, 8, 8] into class scores [N, num_classes]; no softmax, the loss applies it."""
        return self.head(self.features(images).flatten(1))


def block(channels_in, channels_out):
    """Halve the image and change the number of its channels."""
    return nn.Sequential(
        # BatchNorm subtracts the mean, so a bias of the convolution would be lost.
        nn.Conv2d(channels_in, channels_out, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
        nn.MaxPool2d(2),
    )
