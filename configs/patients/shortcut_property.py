"""Two kinds of digits, photographed in different light."""

import torch
from torch.utils.data import TensorDataset

from cnndoctor.datasets import digits


def lit(split="train"):
    data = digits(split)
    label = (data.targets >= 5).long()
    light = 0.25 * label[:, None, None, None]
    noise = torch.Generator().manual_seed(0 if split == "train" else 1)
    return TensorDataset(
        0.5 * data.images + light + 0.01 * torch.randn(data.images.shape, generator=noise), label
    )
