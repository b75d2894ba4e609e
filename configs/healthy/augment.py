"""Augmentation of the healthy runs."""

import torch
import torch.nn.functional as F


class ShiftAndNoise:
    def __init__(self, pixels=1, noise=0.1):
        self.pixels, self.noise = pixels, noise

    def __call__(self, image):
        p = self.pixels
        dy, dx = torch.randint(0, 2 * p + 1, (2,)).tolist()
        h, w = image.shape[-2:]
        image = F.pad(image, (p, p, p, p))[..., dy : dy + h, dx : dx + w]
        return image + self.noise * torch.randn_like(image)
