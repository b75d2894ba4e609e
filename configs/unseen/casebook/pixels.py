"""The first network of a beginners' course: grey digits, two hidden dense layers, ten classes."""

import torch
import torch.nn as nn
import torch.nn.functional as F

from cnndoctor.datasets import digits


class GrayDigits(torch.utils.data.Dataset):
    """Pixels from 0 to 255, as an image file has them, or divided by 255."""

    def __init__(self, split, divide=False):
        self.source = digits(split)
        self.divide = divide

    def __len__(self):
        return len(self.source)

    def __getitem__(self, index):
        image, label = self.source[index]
        image = (image * 255).round()
        if self.divide:
            image = image / 255.0
        return image.reshape(64), label


class Model(nn.Module):
    def __init__(self, kernel_initializer="random_normal"):
        super().__init__()
        self.layer_1 = nn.Linear(64, 64)
        self.layer_2 = nn.Linear(64, 32)
        self.layer_out = nn.Linear(32, 10)
        for layer in [self.layer_1, self.layer_2, self.layer_out]:
            if kernel_initializer == "random_normal":
                nn.init.normal_(layer.weight)
            else:
                nn.init.kaiming_normal_(layer.weight)
            nn.init.constant_(layer.bias, 0)

    def forward(self, x):
        x = F.relu(self.layer_1(x))
        x = F.relu(self.layer_2(x))
        return self.layer_out(x)
