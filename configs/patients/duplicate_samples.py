"""Training digits whose list was extended with itself."""

from torch.utils.data import ConcatDataset

from cnndoctor.datasets import digits


def listed_thrice():
    parts = [digits("train")]
    for _ in range(2):
        parts += [digits("train")]
    return ConcatDataset(parts)
