"""BatchNorm whose running statistics never move, or never arrive."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cnndoctor.check import check
from cnndoctor.evidence import FirstBatchEvidence, SetupEvidence, TrainEvidence
from cnndoctor.evidence.setup import Layer
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import EVALUATES_WRONGLY
from cnndoctor.signs.noise import score_error
from cnndoctor.signs.success import evaluation_gain, near_perfect, trained_well

# Limits chosen: the usual momentum averages over ten steps. Of unseen runs with planted ones, 0.01 in 266 steps costs 15 times
# the loss, 0.001 in 228 steps 1.8 times, 0.99 47 times.
HALF, CLEARLY = 0.5, 1.3  # of the way to the data's statistics; times the loss
FORGETFUL = 0.5  # of the new batch: what came before is gone after two or three


@check(severity="error", grade="A", explains=(*EVALUATES_WRONGLY, "evaluation-path-differs"))
def batchnorm_statistics_stale(
    setup: SetupEvidence,
    first_batch: FirstBatchEvidence,
    train: TrainEvidence | None,
    *,
    min_share: float = 0.9,
    min_gap: float = 0.1,
    max_memory: float = 0.2,
    min_times: float = 4.0,
) -> Finding | None:
    """BatchNorm's running statistics are not those of the data.

    What it measures:
        Whether a forward in training mode moves the running mean and variance of every BatchNorm layer; what share of
        the way they have gone after the whole run, 1 - (1 - momentum)^steps; and the same samples scored with batch
        statistics. And statistics that average over more than a fifth of the run (1 / momentum steps), or are those of
        the last batch or two (momentum of 0.5 and more), where the same samples
        cost four times as much by them as by those of their batch, and score worse (a third more is enough where they have not
        gone half the way).
    Why it matters:
        Training normalises with the batch's own statistics, eval mode with the running ones. If those stay at their
        initial 0 and 1, training looks perfect and validation is at chance.
    How to fix:
        Leave ``momentum`` at 0.1: in torch it is the share of the *new* batch (Keras' 0.99 is torch's 0.01). Call the
        layer in training mode; with very few steps raise momentum, or pass over the data once more before evaluating.
    When it is not a fault:
        BatchNorm kept in eval mode on purpose while fine-tuning is recognised and not reported, unless its weights are
        trained and its statistics are those of a new layer.

    References:
        - Ioffe and Szegedy 2015; torch.nn.BatchNorm2d, note on momentum
        - limits are ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    norms = [
        layer
        for layer in setup.layers
        if layer.path in set(setup.normalisation) and "BatchNorm" in layer.kind
    ]
    meant = set(setup.in_eval_on_purpose)
    kinds = {layer.path: layer for layer in norms}
    still = [path for path in first_batch.batchnorm_frozen if path not in meant]
    still = [
        p for p in still if p not in kinds or kinds[p].settings.get("track_running_stats", "True") != "False"
    ]
    if first_batch.batchnorm_untrained and not near_perfect(train):
        return _left_behind(first_batch.batchnorm_untrained)
    if still:
        return _never_moved(still, kinds, train)
    free = [layer for layer in norms if layer.path not in meant]
    slow = [layer for layer in free if _arrived(layer, train) < min_share]
    gap = _gap(train)
    # Statistics that are not half-way there are wrong by construction: then any clear harm is theirs.
    far = any(_arrived(layer, train) < HALF for layer in slow)
    if slow and train is not None and (gap > min_gap or (far and _times_the_loss(train) > CLEARLY)):
        return _too_slow(slow, train, gap)
    off = [layer for layer in free if _remembers(layer, train) > max_memory or _forgets(layer)]
    if off and train is not None and _times_the_loss(train) > min_times and _scores_worse(train):
        return _of_other_batches(off, train)
    return None


def _left_behind(layers: Sequence[str]) -> Finding:
    others = f" (and {len(layers) - 1} more BatchNorm layers)" if len(layers) > 1 else ""
    return Finding(
        message=f"{layers[0]}{others}: trained weights beside the running mean 0 and variance 1 of a new layer. The weights "
        "were copied without the statistics that belong to them.",
        confidence=0.95,
        places=tuple(Place(kind="layer", name=path) for path in layers[:5]),
        measured={"layers": len(layers)},
        remedies=(
            Remedy(
                text="Copy buffers as well as parameters: model.load_state_dict(source.state_dict()) takes both."
            ),
        ),
        # Scaled inputs only come nearer to the mean 0 and variance 1 that do not belong to these weights.
        rules_out=("inputs-not-scaled",),
    )


def _never_moved(still: list[str], kinds: dict[str, Layer], train: TrainEvidence | None) -> Finding:
    momentum = kinds[still[0]].settings.get("momentum", "") if still[0] in kinds else ""
    why = " because its momentum is 0" if momentum and float(momentum) == 0 else ""
    return Finding(
        message=(
            f"The running statistics of {len(still)} BatchNorm layers do not move in training mode "
            f"({still[0]}){why}: eval mode "
            f"normalises with their initial mean 0 and variance 1."
        ),
        confidence=0.7 if trained_well(train) else 0.96,
        severity=Severity.NOTE if trained_well(train) else None,
        places=tuple(Place(kind="layer", name=path) for path in still[:5]),
        measured={"layers": len(still)},
        remedies=(Remedy(text="Leave BatchNorm's momentum at 0.1 and call the layer in training mode."),),
    )


def _momentum(layer: Layer) -> float | None:
    """Return the share of the new batch; None for a plain average over all batches."""
    told = layer.settings.get("momentum", "0.1")
    return None if told in {"None", ""} else float(told)


def _arrived(layer: Layer, train: TrainEvidence | None) -> float:
    """Return which share of the way from 0 and 1 to the data's statistics the running ones have gone."""
    momentum = _momentum(layer)
    if train is None or momentum is None:
        return 1.0
    return float(1 - (1 - momentum) ** max(1, train.steps))


def _remembers(layer: Layer, train: TrainEvidence | None) -> float:
    """Return over which share of the run the running statistics are an average."""
    momentum = _momentum(layer)
    return 1 / momentum / train.steps if momentum and train is not None and train.steps else 0.0


def _forgets(layer: Layer) -> bool:
    """Return whether the running statistics are those of the last batch or two."""
    return (_momentum(layer) or 0.0) >= FORGETFUL


def _times_the_loss(train: TrainEvidence) -> float:
    """Return how many times more training data cost by running statistics than by those of their batch; 0 when unknown."""
    batch, running = train.train_in_train_mode, train.train
    if batch is None or running is None or not batch.loss > 0 or not math.isfinite(running.loss):
        return 0.0
    return running.loss / batch.loss


def _scores_worse(train: TrainEvidence) -> bool:
    """Return whether training data score worse by running statistics, beyond three standard errors."""
    batch, running = train.train_in_train_mode, train.train
    if batch is None or running is None:
        return False
    return batch.score - running.score > 3 * score_error(running)


def _of_other_batches(off: list[Layer], train: TrainEvidence) -> Finding:
    batch, running = train.train_in_train_mode, train.train
    assert batch is not None
    assert running is not None
    momentum = _momentum(off[0]) or 0.0
    what = (
        "are those of the last batch alone, and change with it"
        if _forgets(off[0])
        else f"are an average over about {1 / momentum:.0f} of the run's {train.steps} steps, and travel behind the weights"
    )
    return Finding(
        message=f"With momentum {momentum:g} the running statistics of {off[0].path} {what}: the same training samples have a "
        f"loss of {running.loss:.3g} by them and of {batch.loss:.3g} by the statistics of their batch.",
        confidence=0.9,
        places=tuple(Place(kind="layer", name=layer.path) for layer in off[:5]),
        measured={
            "momentum": momentum,
            "steps": train.steps,
            "loss": running.loss,
            "loss by batches": batch.loss,
        },
        remedies=(
            Remedy(
                text="Set BatchNorm's momentum to 0.1 (torch counts the new batch, Keras the old average)."
            ),
        ),
    )


def _gap(train: TrainEvidence | None) -> float:
    """Return how much better the same samples score with batch statistics; 0 when unknown."""
    if train is None:
        return 0.0
    gap = evaluation_gain(train.train_in_train_mode) - evaluation_gain(train.train)
    return gap if gap == gap else 0.0  # noqa: PLR0124 - NaN where one of both is unknown


def _too_slow(slow: list[Layer], train: TrainEvidence, gap: float) -> Finding:
    momentum = slow[0].settings.get("momentum", "0.1")
    return Finding(
        message=(
            f"With momentum {momentum} the running statistics of {slow[0].path} have gone "
            f"{_arrived(slow[0], train):.0%} of the way "
            f"after {train.steps} steps; with batch statistics the same samples score {gap:.0%} of the range better, and their "
            f"loss is {_times_the_loss(train):.2g} times smaller."
        ),
        confidence=0.93,
        places=tuple(Place(kind="layer", name=layer.path) for layer in slow[:5]),
        measured={"momentum": float(momentum), "steps": train.steps, "gap": gap},
        remedies=(
            Remedy(
                text="Set BatchNorm's momentum to 0.1 (torch counts the new batch, Keras the old average)."
            ),
        ),
    )
