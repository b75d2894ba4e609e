"""Measurements of parts; a few are defective."""

import torch
from torch.utils.data import TensorDataset


def parts(seed, count):
    generator = torch.Generator().manual_seed(seed)
    defective = (torch.arange(count) % 60 == 0).long()[torch.randperm(count, generator=generator)]
    measured = torch.randn(count, 10, generator=generator)
    measured[:, :4] += 0.6 * defective[:, None]
    return TensorDataset(measured, defective)
