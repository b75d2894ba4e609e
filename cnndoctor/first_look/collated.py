"""Whether a sample's output changes with the samples that the user's collate function puts beside it."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import IterableDataset, default_collate, default_convert

from cnndoctor.first_look.first_pass import main_output
from cnndoctor.first_look.patient import Patient, quietly
from cnndoctor.loop import mode
from cnndoctor.patient.batches import tensors
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.probes.mixing import without_batch_statistics
from cnndoctor.probes.untouched import untouched

SAMPLES = 6  # that are collated together
SAME = 1e-5  # of the outputs' scale: rounding


def collate_mixing(patient: Patient) -> float:
    """Return how far outputs of samples collated together differ from those of samples collated one by one.

    Args:
        patient: Left as it was.

    Returns:
        RMS difference relative to the outputs' deviation, in eval mode and without batch statistics: 0 for independent
        samples. NaN where the loader has no collate function of the user's, where that one draws at random, or adds padding
        (a sample then differs by right).
    """
    loader: Any = patient.session.train_loader
    collate, dataset = getattr(loader, "collate_fn", None), getattr(loader, "dataset", None)
    if collate in (None, default_collate, default_convert) or isinstance(dataset, IterableDataset):
        return math.nan
    return quietly(lambda: _mixing(patient, collate, dataset), math.nan)


def _mixing(patient: Patient, collate: Any, dataset: Any) -> float:  # noqa: ANN401 - the user's own
    model = patient.session.model
    with (
        preserved_randomness(),
        untouched(model),
        mode(model, training=False),
        without_batch_statistics(model),
        torch.no_grad(),
    ):
        samples = [dataset[index] for index in range(min(SAMPLES, len(dataset)))]
        whole, again = collate(samples), collate(samples)
        singles = [collate([sample]) for sample in samples]
        if _size(whole) != sum(map(_size, singles)):
            return math.nan
        together, repeated = _output(patient, whole), _output(patient, again)
        alone = [_output(patient, single) for single in singles]
    if together is None or repeated is None or any(one is None or not one.ndim for one in alone):
        return math.nan
    apart = torch.cat([one for one in alone if one is not None]).double()
    spread = float(together.double().std())
    if apart.shape != together.shape or not spread > 0 or not bool(torch.equal(together, repeated)):
        return math.nan
    share = float((together.double() - apart).square().mean().sqrt()) / spread
    return share if share > SAME else 0.0


def _output(patient: Patient, batch: Any) -> Tensor | None:  # noqa: ANN401 - a batch holds what the user put in
    return main_output(patient.answer(patient.session.prepare(batch)))


def _size(batch: object) -> int:
    return sum(tensor.numel() for tensor in tensors(batch))
