"""How much of the images is a layout that all of them share: aligned faces, forms, panels, spectrograms."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from cnndoctor.survey.features import images_of

FEWEST = 20  # below this the mean image is mostly made of each image itself


def layout_share(samples: Sequence[Tensor]) -> float:
    """Return the share of the pixels' variance that the mean image explains; NaN for few samples and for no images.

    0: every place looks like every other on average, as in photographs. 1: all images are equal but for their details.

    Args:
        samples: Inputs of one shape, without batch axis.
    """
    if len(samples) < FEWEST:
        return math.nan
    images = images_of(torch.stack(list(samples)))
    if images is None or not bool(images.isfinite().all()):
        return math.nan
    images = images.double()
    about = images - images.mean((0, 2, 3), keepdim=True)
    whole = float(about.square().mean())
    if whole <= 0:
        return math.nan
    count = len(images)
    # The mean of N images holds 1/N of their own variance: taken out, so that noise has a share of 0.
    apart = float(images.var(0).mean()) / count
    return max(0.0, (float(about.mean(0).square().mean()) - apart) / whole)
