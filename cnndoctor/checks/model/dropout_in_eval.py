"""Dropout or noise that stays active in eval mode."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import ExperimentEvidence, FirstBatchEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import EVALUATES_WRONGLY
from cnndoctor.signs.success import trained_well


@check(severity="error", grade="A", explains=EVALUATES_WRONGLY)
def dropout_in_eval(
    experiment: ExperimentEvidence,
    first_batch: FirstBatchEvidence,
    train: TrainEvidence | None,
    *,
    max_noise: float = 1e-3,
) -> Finding | None:
    """The model is random in eval mode: two passes over the same batch differ.

    What it measures:
        The largest difference between two eval-mode passes over the same batch, relative to the scale of the output; and
        whether it stays with every dropout switched off.
    Why it matters:
        Validation and predictions are made by a randomly thinned network: scores are lower than they could be and
        differ each time.
    How to fix:
        ``F.dropout(x, p, training=self.training)``: the function drops by default, also in eval mode. Better:
        ``nn.Dropout`` as a layer, which follows ``model.eval()``. Put noise behind ``if self.training:``.
    When it is not a fault:
        Monte-Carlo dropout is random on purpose: ``ignore:`` with that reason. Where a step of your own draws the noise
        (variational autoencoders, diffusion), this is a note.

    References:
        - torch.nn.functional.dropout: "training: apply dropout if True. Default: True"
        - the limit is ours, chosen; no run decides it (docs/thresholds.md)
    """
    noise = first_batch.eval_noise
    if not math.isfinite(noise) or noise <= max_noise:
        return None
    where = first_batch.eval_noise_layers
    by = f" ({', '.join(where[:3])})" if any(where) else ""
    # A step of one's own that draws noise by itself (a diffusion step, a sampling model) means to.
    drawn = experiment.custom_step and first_batch.eval_noise_drawn > max_noise
    mild = trained_well(train) or experiment.custom_step
    return Finding(
        message=f"Two eval-mode passes over the same batch differ by {noise:.2g} of the output's scale{by}"
        + (": the step draws noise by itself, with every dropout off, too." if drawn else " (must be 0)."),
        confidence=0.75 if experiment.custom_step else 0.96,
        severity=Severity.NOTE if drawn else Severity.WARNING if mild else None,
        places=tuple(Place(kind="layer", name=name) for name in where[:5]),
        measured={"eval_noise": noise},
        remedies=(
            Remedy(
                text="Nothing, if it is meant: a sampling model or a diffusion step. Scores then differ from pass to pass."
                if drawn
                else "Write F.dropout(x, p, training=self.training), or use nn.Dropout; put noise behind if self.training."
            ),
        ),
    )
