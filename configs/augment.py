"""The augmentation of digits.yaml, as a user's own code would stand beside a config."""

import torch
from torch.nn.functional import pad


class RandomShift:
    """Shift an image by up to ``pixels`` in each direction; what comes in from outside is background (0)."""

    def __init__(self, pixels=1):
        self.pixels = pixels

    def __call__(self, image: torch.Tensor) -> torch.Tensor:
        """Return a shifted copy of an image [C, H, W]; torch's generator is used, so a seed repeats it."""
        down, right = torch.randint(0, 2 * self.pixels + 1, (2,)).tolist()
        height, width = image.shape[-2:]
        padded = pad(image, (self.pixels,) * 4)
        return padded[..., down : down + height, right : right + width]
