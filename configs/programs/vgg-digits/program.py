"""A plain VGG without normalisation on enlarged digits, in the style of torchvision's vgg.py."""

import torch
from torch import nn
from torch.utils.data import Dataset

from cnndoctor.datasets import digits

CFG = {
    "vgg7": [12, 12, "M", 24, 24, "M", 32, 32, "M"],
    "vgg13": [12, 12, 12, 12, "M", 24, 24, 24, 24, "M", 32, 32, 32, 32, "M"],
}


class ToTensor:
    """uint8 image [H, W] to float [1, H, W] between 0 and 1."""

    def __call__(self, image):
        return image[None].float() / 255


class Scale:
    """Divides by the largest value of an 8-bit image."""

    def __call__(self, image):
        return image / 255


class DigitImages(Dataset):
    """The digits as 8-bit grey images of 16 pixels, with the transforms of one's choice."""

    def __init__(self, split, transforms=None, order_by=None):
        source = digits(split)
        big = nn.functional.interpolate(source.images, size=(16, 16), mode="bicubic", align_corners=False)
        self.images = (big[:, 0].clamp(0, 1) * 255).round().to(torch.uint8)
        self.targets = source.targets
        if order_by == "ink":  # darkest first, easier to look through
            self.images = self.images[self.images.float().mean((1, 2)).argsort(descending=True)]
        self.transforms = transforms or [ToTensor()]

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, index):
        image = self.images[index]
        for transform in self.transforms:
            image = transform(image)
        return image, int(self.targets[index])


def make_layers(cfg):
    layers, in_channels = [], 1
    for v in cfg:
        if v == "M":
            layers += [nn.MaxPool2d(2)]
        else:
            layers += [nn.Conv2d(in_channels, v, 3, padding=1), nn.ReLU(inplace=True)]
            in_channels = v
    return nn.Sequential(*layers)


class VGG(nn.Module):
    def __init__(self, arch="vgg7", num_classes=10, dropout=0.3, init="kaiming", std=0.01):
        super().__init__()
        self.features = make_layers(CFG[arch])
        self.classifier = nn.Sequential(
            nn.Linear(32 * 2 * 2, 96),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(96, num_classes),
        )
        for m in self.modules():
            if isinstance(m, nn.Conv2d | nn.Linear):
                if init == "kaiming":
                    nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
                elif init == "normal":
                    nn.init.normal_(m.weight, 0, std)
                elif init == "constant":
                    nn.init.constant_(m.weight, std)
                nn.init.zeros_(m.bias)

    def forward(self, x):
        x = self.features(x)
        return self.classifier(torch.flatten(x, 1))
