"""Sort plastic flakes for recycling by their near-infrared spectrum."""

from itertools import pairwise

import numpy as np
import torch
import torch.nn as nn

KINDS = ("PET", "HDPE", "PVC", "LDPE", "PP", "PS")
# centre, width, depth of the absorption bands of each kind, in channels
BANDS = {
    "PET": [(18, 4, 0.5), (52, 3, 0.8), (70, 5, 0.3)],
    "HDPE": [(30, 3, 0.9), (58, 5, 0.5)],
    "PVC": [(24, 5, 0.6), (61, 3, 0.5), (74, 3, 0.3)],
    "LDPE": [(30, 4, 0.6), (58, 5, 0.8)],
    "PP": [(27, 4, 0.7), (45, 4, 0.4), (60, 4, 0.4)],
    "PS": [(12, 3, 0.6), (50, 4, 0.6), (66, 3, 0.5)],
}
channel = np.arange(84)


def spectrum(rng, kind):
    s = np.zeros(84)
    dirt = rng.uniform(0.7, 1.3)
    for centre, width, depth in BANDS[kind]:
        s += (
            dirt
            * depth
            * rng.uniform(0.8, 1.2)
            * np.exp(-((channel - centre - rng.normal(0, 0.7)) ** 2) / (2 * width**2))
        )
    slope = rng.normal(0, 0.3)
    return s + slope * (channel / 84 - 0.5) + rng.normal(0, 0.04, 84)


class FlakeSpectra(torch.utils.data.TensorDataset):
    """All flakes of one kind, then all of the next, as the lab measured them."""

    classes = KINDS

    def __init__(self, per_kind, seed):
        rng = np.random.default_rng(seed)
        spectra = np.concatenate([[spectrum(rng, kind) for _ in range(per_kind)] for kind in KINDS])
        spectra = (spectra - 0.17) / 0.28
        kinds = np.repeat(np.arange(len(KINDS)), per_kind)
        super().__init__(torch.Tensor(spectra), torch.LongTensor(kinds))


def SigmoidNet():
    return build(nn.Sigmoid)


def ReluNet():
    return build(nn.ReLU)


def build(act):
    sizes = [84, 64, 64, 48, 48, 32]
    blocks = []
    for a, b in pairwise(sizes):
        blocks.append(nn.Linear(a, b))
        blocks.append(act())
    blocks.append(nn.Linear(32, len(KINDS)))
    return nn.Sequential(*blocks)
