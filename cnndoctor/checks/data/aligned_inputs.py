"""Images that share one layout, read by a network that looks at every place alike."""

from __future__ import annotations

import math

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import DataEvidence, SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.noise import score_error
from cnndoctor.signs.success import gain, held_out_gain


@check(severity=Severity.NOTE, grade="C", explains=("stopped-too-early",))
def aligned_inputs(
    setup: SetupEvidence,
    data: DataEvidence,
    train: TrainEvidence,
    *,
    min_layout_share: float = 0.6,
    min_lead: float = 0.1,
) -> Judgement:
    """The images share one fixed layout, and a simple model that knows each place does better than the convolutions.

    What it measures:
        The share of the pixels' variance that the mean image explains: 60 % and more means that all images show the same
        things at the same places. And whether the simple models of the data stage, whose weights belong to places, score
        higher on unseen data than the trained network, by a tenth of the way from chance to perfect and three standard errors.
    Why it matters:
        A convolution uses the same weights at every place, and pooling forgets the place. That pays where a thing may be
        anywhere. Where the place tells what a pixel means (aligned faces, forms, panels, board games, spectrograms), the
        network must first undo it.
    How to fix:
        Keep the place: flatten instead of global pooling, strided convolution for pooling, position channels beside the image
        (CoordConv), locally connected layers late in the network, or patches with position embeddings. Fewer pooling layers
        help already. A small dense network or a ridge on the pixels is the yardstick to beat.
    When it is not a fault:
        Centred digits and faces that the network reads well; a fixed background behind things that move.

    References:
        - Y. Taigman et al., "DeepFace: closing the gap to human-level performance in face verification", 2014, section 3
        - R. Liu et al., "An intriguing failing of convolutional neural networks …", 2018, arXiv:1807.03247
        - limit ours: CIFAR-10 has 0.01 (its cars alone 0.05), MNIST 0.30, centred 8x8 digits 0.48
    """
    share = data.train.layout_share
    convolutions = [layer for layer in setup.layers if layer.kind.startswith("Conv2d") and layer.calls]
    if not math.isfinite(share) or not convolutions:
        return NotApplicable(reason="the inputs are no images, or no convolution reads them")
    baseline = data.baseline
    simple = gain(
        baseline.validation if math.isfinite(baseline.validation) else baseline.train, baseline.chance
    )
    reached = held_out_gain(train)
    lead = simple - reached
    error = 3 * score_error(train.judged)
    if share < min_layout_share or not lead >= max(min_lead, error):
        return None
    return Finding(
        message=(
            f"The mean image explains {share:.0%} of the pixels' variance (limit {min_layout_share:.0%}), and a simple model "
            f"that knows each place gets {simple:.0%} of the way from chance to perfect on unseen data; the net {reached:.0%}."
        ),
        confidence=0.55,
        places=(Place(kind="key", name="model"), Place(kind="layer", name=convolutions[-1].path)),
        measured={"layout_share": share, "simple_gain": simple, "gain": reached},
        remedies=(
            Remedy(
                text="Keep the place: flatten before the head instead of pooling everything, or add position channels."
            ),
            Remedy(text="Replace pooling by strided convolutions, and pool less often."),
        ),
    )
