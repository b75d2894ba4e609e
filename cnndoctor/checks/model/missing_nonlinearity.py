"""Linear layers in a row with nothing between: together they are one linear layer."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import (
    DataEvidence,
    FirstBatchEvidence,
    SetupEvidence,
    TrainEvidence,
    TrialsEvidence,
)
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.depth import matrices
from cnndoctor.signs.effects import LEARNS_NOTHING
from cnndoctor.signs.success import evaluation_gain, near_perfect, trained_well
from cnndoctor.signs.trial_gains import outdoes

MANY = 3  # layers: two without an activation may be a matrix written as two on purpose


@check(severity="warning", grade="B", explains=LEARNS_NOTHING)
def missing_nonlinearity(
    setup: SetupEvidence,
    first_batch: FirstBatchEvidence,
    data: DataEvidence | None,
    train: TrainEvidence | None,
    trials: TrialsEvidence | None,
    *,
    max_curvature: float = 1e-4,
    learnt: float = 0.9,
) -> Finding | None:
    """Layers with weights follow each other without an activation between them.

    What it measures:
        The operations between convolutions and linear layers in the forward of one batch: pairs with only reshaping or
        dropout between, and whether pools and norms are all that stands between three and more of them. And whether the whole
        model, in eval mode, is an affine map: whether steps of the input add up in the output, whatever stands between the
        layers. After a training that stayed behind, paired runs with ReLU in those places: where they get clearly further, as
        by no other change, that is the proof.
    Why it matters:
        The product of two matrices is a matrix: without an activation, depth adds nothing that one layer could not
        do.
    How to fix:
        Put an activation after every layer but the last: ``x = F.relu(self.fc1(x))``. An ``nn.ReLU()`` that is built
        but not called in ``forward`` does nothing, and neither does ``F.relu(x)`` whose result is not kept.
    When it is not a fault:
        Low-rank factors, projections of attention and depthwise-pointwise pairs have no activation on purpose: a
        single pair in a deeper network is a note, and so is all of it when the run learns well. A linear network through
        a bottleneck (a linear auto-encoder) is left at that too; one of three and more layers without any bottleneck, in a
        run that stays away from a perfect fit, is not.

    References:
        - Stack Exchange 352036; "Deep Learning", Goodfellow et al., chapter 6
        - limits are ours, chosen; no run decides them (docs/thresholds.md)
    """
    chains = first_batch.linear_chains
    weighted = {p.layer for p in matrices(setup)}
    affine = len(weighted) > 1 and first_batch.curvature <= max_curvature  # NaN compares as False: unknown
    if not affine and first_batch.only_pooled:
        return _only_pooled(setup, weighted, train, outdoes(trials, "activated"))
    if not affine and (first_batch.activations_after_linear or not chains):
        return None
    inside = {name.strip() for chain in chains for name in chain.split("→")}
    chained = len(weighted) > 1 and weighted <= inside and len(chains) == 1
    all_linear = affine or chained
    half = len(inside & weighted) >= max(3, 0.6 * len(weighted))
    good = trained_well(train, data.baseline if data else None) and not (
        all_linear and _pointless(setup) and train is not None and evaluation_gain(train.train) < learnt
    )
    freed = outdoes(trials, "activated")
    severe = all_linear or (half and not good)
    confirmed = freed > 0 or (all_linear and train is not None and not good)
    between = chains[0] if chains and not affine else " → ".join(_in_order(setup, weighted))
    return Finding(
        message=(
            f"Nothing non-linear stands between {between}"
            + (f" (and in {len(chains) - 1} more places)" if len(chains) > 1 and not affine else "")
            + (
                ": the whole network is one linear map."
                if all_linear
                else ": these layers together are one linear map."
            )
            + (
                f" With ReLU there the same run gets {freed:.0%} of the way to perfect further."
                if freed
                else ""
            )
        ),
        confidence=_confidence(freed=freed > 0, all_linear=all_linear and not good, severe=severe),
        severity=_severity(confirmed=confirmed, severe=severe and (not affine or chained or not good)),
        places=tuple(Place(kind="layer", name=name.strip()) for name in between.split("→")),
        measured={"chains": len(chains), "layers": len(inside), "curvature": first_batch.curvature},
        remedies=(Remedy(text=f"Put an activation (ReLU) between {between}."),),
    )


def _confidence(*, freed: bool, all_linear: bool, severe: bool) -> float:
    """Return how sure this is: runs that an activation frees, a network that is one linear map, most of one."""
    if freed:
        return 0.95
    if all_linear:
        return 0.9
    return 0.75 if severe else 0.5


def _severity(*, confirmed: bool, severe: bool) -> Severity | None:
    if confirmed:
        return Severity.ERROR
    return None if severe else Severity.NOTE


def _only_pooled(
    setup: SetupEvidence, weighted: set[str], train: TrainEvidence | None, freed: float
) -> Finding:
    """Say that pools and norms alone bend a network of several layers; a run that is as good as perfect needs no more."""
    layers = _in_order(setup, weighted)
    cured = (
        f" With ReLU between them the same run gets {freed:.0%} of the way to perfect further."
        if freed
        else ""
    )
    return Finding(
        message=f"No activation stands between the {len(layers)} layers with weights, from {layers[0]} to {layers[-1]}: "
        f"pooling and normalisation alone bend the network.{cured}",
        confidence=0.95 if freed else 0.85,
        severity=Severity.ERROR if freed else Severity.NOTE if near_perfect(train) else Severity.WARNING,
        places=tuple(Place(kind="layer", name=name) for name in layers[:5]),
        measured={"layers": len(layers)},
        remedies=(Remedy(text=f"Put an activation (ReLU) behind {layers[0]} and every layer but the last."),),
    )


def _pointless(setup: SetupEvidence) -> bool:
    """Return whether three or more dense layers in a row have no bottleneck: nobody factorises a matrix into larger ones."""
    shapes = [p.shape for p in matrices(setup)]
    if len(shapes) < MANY or any(len(shape) != 2 for shape in shapes):
        return False
    inner = [shape[0] for shape in shapes[:-1]]
    return min(inner) >= min(shapes[0][1], shapes[-1][0])


def _in_order(setup: SetupEvidence, weighted: set[str]) -> list[str]:
    return list(dict.fromkeys(p.layer for p in setup.parameters if p.layer in weighted))
