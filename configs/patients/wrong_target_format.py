"""Digits with one-hot labels."""

import torch
from torch.utils.data import TensorDataset

from cnndoctor.datasets import digits


def one_hot_digits(split):
    source = digits(split)
    return TensorDataset(source.images, torch.nn.functional.one_hot(source.targets, 10))
