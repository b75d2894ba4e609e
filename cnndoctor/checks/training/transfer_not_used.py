"""A small set of natural images learnt from scratch, that falls short on held-out data."""

from __future__ import annotations

import math

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import DataEvidence, ExperimentEvidence, SetupEvidence, TrainEvidence
from cnndoctor.evidence.data import Split
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.both_splits import on_both_splits
from cnndoctor.signs.depth import matrices, relative_std
from cnndoctor.signs.noise import score_error
from cnndoctor.signs.success import behind_baseline, evaluation_gain, held_out_gain

# Standard deviation times the root of fan-in that torch's default, LeCun's and He's initialisation give: weights as drawn.
AS_DRAWN = (0.577, 1.0, 1.414)
NEAR = 0.1  # relative distance: drawn anew, the deviation of a hundred numbers is off by 1 / √200 = 0.07
MOST = 0.8  # of the tensors
COLOURS = 3


@check(severity=Severity.NOTE, grade="C")
def transfer_not_used(
    experiment: ExperimentEvidence,
    setup: SetupEvidence,
    data: DataEvidence,
    train: TrainEvidence,
    *,
    max_samples: int = 10_000,
    min_side: int = 32,
    min_gap: float = 0.2,
    errors: float = 3.0,
) -> Judgement:
    """A small set of colour images is learnt from scratch, and falls short on held-out data.

    What it measures:
        Colour images of at least 32 pixels a side, at most 10,000 for training, convolutions whose weights stand as an
        initialisation draws them, and a run that falls short: validation behind training by a fifth of the way from chance to
        perfect (beyond three standard errors), or training behind simple models.
    Why it matters:
        The first layers of any net for photographs learn the same edges and textures. A few thousand images are not enough to
        find them; a net that has seen a million has them ready.
    How to fix:
        Start from weights pretrained on photographs (torchvision, timm): keep all layers but the head; train the new head
        alone for a few epochs with the rest frozen, then all layers at a tenth of that rate, early layers lowest. Where that
        is too much, use embeddings from another model: run it once over the data and train a linear head on its outputs. Where
        no such model fits the images but many are at hand without labels, pretrain on those (an autoencoder, or a
        self-supervised method). A large pretrained net can teach a small one by knowledge distillation.
    When it is not a fault:
        Images unlike photographs (spectrograms, drawings, microscopy in other channels), where little carries over; runs that
        do well from scratch.

    References:
        - J. Yosinski et al., "How transferable are features in deep neural networks?", 2014, arXiv:1411.1792
        - S. Kornblith, J. Shlens, Q. Le, "Do better ImageNet models transfer better?", 2019, arXiv:1805.08974
        - the 22 training tips; limits are ours, held by saved runs of scripts/clinic.py, but for ``max_samples``,
          chosen (docs/thresholds.md)
    """
    if not _colour_images(data.train, min_side) or not any(
        p.kind.startswith("Conv2d") for p in setup.parameters
    ):
        return NotApplicable(reason="the inputs are no colour images, or no convolution reads them")
    size = data.train.size
    if not size or size > max_samples or experiment.intent_memorise or not _from_scratch(setup):
        return None
    gap = evaluation_gain(train.train) - evaluation_gain(train.validation)
    noise = errors * math.hypot(score_error(train.train), score_error(train.validation))
    behind = behind_baseline(train, data.baseline)
    if not gap > max(min_gap, noise) and not behind:
        return None
    how = (
        on_both_splits(train)
        if gap > min_gap
        else f"the run stays behind simple models ({held_out_gain(train):.0%} of what lies between chance and perfect)"
    )
    return Finding(
        message=f"{size:,} colour images are learnt from scratch, and {how}. Pretrained layers would start ahead.",
        confidence=0.5,
        places=(Place(kind="key", name="model"),),
        measured={"samples": size, "gap": gap},
        remedies=(
            Remedy(
                text="Start from a pretrained net: first a new head, the rest frozen, then all layers at a tenth of the rate."
            ),
            Remedy(text="Or train a linear head on the embeddings of a pretrained model."),
        ),
    )


def _colour_images(split: Split, min_side: int) -> bool:
    """Return whether most inputs are images with three colours and sides long enough to show natural things."""
    sides = split.inputs.common_shape
    if len(sides) != 3 or COLOURS not in {sides[0], sides[-1]}:
        return False
    return min(sides[1:] if sides[0] == COLOURS else sides[:-1]) >= min_side


def _from_scratch(setup: SetupEvidence) -> bool:
    """Return whether all that trains stands as an initialisation leaves it: nothing frozen, norms at one, usual spreads."""
    if not all(p.trainable for p in setup.parameters):
        return False
    norms = [p for p in setup.parameters if "Norm" in p.kind]
    if norms:
        return all(p.constant for p in norms)
    spreads = [relative_std(p) for p in matrices(setup) if p.fan_in]
    usual = [s for s in spreads if any(abs(s / drawn - 1) < NEAR for drawn in AS_DRAWN)]
    return bool(spreads) and len(usual) >= MOST * len(spreads)
