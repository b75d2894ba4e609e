"""Weights that start far too large or far too small."""

from __future__ import annotations

import math
from statistics import median

from cnndoctor.check import check
from cnndoctor.evidence import (
    DataEvidence,
    FirstBatchEvidence,
    OverfitEvidence,
    SetupEvidence,
    TrainEvidence,
    TrialsEvidence,
)
from cnndoctor.evidence.setup import Parameter
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.depth import LARGE_EMBEDDING, NOT_LAYERS, growth, matrices, relative_std, varying_parts
from cnndoctor.signs.effects import BLOWS_UP, LEARNS_NOTHING, merged
from cnndoctor.signs.success import trained_well
from cnndoctor.signs.trial_gains import (
    AS_CONFIGURED,
    best_gain,
    lifts,
    merely_generalises_further,
    rescue,
    worst_gain,
)
from cnndoctor.signs.trial_gains import RATES as OF_RATES

# Rates that go less far than another start do: they only make up for it.
RATES = ("learning-rate-too-low", "learning-rate-too-high")
SMALL_EMBEDDINGS = "small-embeddings"
INITIALISATIONS = ("default-init", "he-init", SMALL_EMBEDDINGS)
UNCURED = 0.6  # PyTorch's default was tried and ended no better: the scale is odd, and hardly the cause


@check(
    severity="warning",
    grade="B",
    explains=merged(
        LEARNS_NOTHING,
        BLOWS_UP,
        (
            "loss-far-from-chance",
            "vanishing-gradients",
            "output-ignores-input",
            "overconfident-logits",
            "regularization-dominates",
            "parameters-not-updating",
            "overfitting",
            "loss-does-not-fit-task",
        ),
    ),
)
def badly_scaled_initialization(  # noqa: PLR0917 - the evidence it needs
    setup: SetupEvidence,
    first_batch: FirstBatchEvidence | None,
    data: DataEvidence | None,
    overfit: OverfitEvidence | None,
    train: TrainEvidence | None,
    trials: TrialsEvidence | None,
    *,
    max_scale: float = 4.0,
    min_scale: float = 0.1,
    max_loss_ratio: float = 3.0,
) -> Finding | None:
    """Weights start far larger (or smaller) than the width of the layers allows.

    What it measures:
        Standard deviation times the square root of the fan-in, for each weight matrix: 0.58 for torch's default, 1.4
        for He's initialisation. And the harm: the first loss against that of a model that knows nothing, and the
        signal over depth. A paired run with torch's default initialisation confirms it, or makes it less likely; where that
        or He's goes clearly further on two seeds, and no other change does, a run that trains half-way is accused, too.
    Why it matters:
        With weights from N(0, 1) a layer of 256 inputs multiplies its signal by 16: softmax and sigmoids start
        saturated, the first loss is huge and the first steps destroy units. With weights near zero the signal dies
        out instead.
    How to fix:
        Leave torch's default initialisation, or ``nn.init.kaiming_normal_(w, nonlinearity="relu")`` for ReLU and
        ``nn.init.xavier_uniform_`` for tanh. A bare ``nn.init.normal_(w)`` has a standard deviation of 1.
    When it is not a fault:
        Normalisation after each layer repairs the scale; a run that learns well is not reported. One layer of many is blamed
        only where paired runs show it, such as an embedding that is the output layer, too, and was drawn with a deviation of 1.

    References:
        - He et al. 2015; Glorot and Bengio 2010
        - limits are ours, held by saved runs of scripts/clinic.py, but for ``max_loss_ratio``, chosen
          (docs/thresholds.md)
    """
    rescued = max(lifts(trials, name, beside=INITIALISATIONS) for name in INITIALISATIONS)
    if trained_well(train, data.baseline if data else None) and not rescued:
        return None
    multiplied = [*matrices(setup), *_tied_embeddings(setup)]
    scaled = [(p, relative_std(p)) for p in multiplied if p.fan_in > 0 and p.std > 0]
    off = [(p, scale) for p, scale in scaled if scale > max_scale or scale < min_scale]
    if not off and rescued and rescued == lifts(trials, SMALL_EMBEDDINGS, beside=INITIALISATIONS):
        return _of_embeddings(setup, trials)
    # The smallest of scales may be a head that starts near zero on purpose; it takes more than one layer, or a large one, or
    # runs which show that the start is what is wrong.
    if not off or (len(off) == 1 and (off[0][1] < 1 or (len(scaled) > 3 and not rescued))):
        return None
    harm = _harm(first_batch, max_loss_ratio)
    cured = rescued > 0 or _cured(trials)
    if not harm and not cured:
        return None
    failed = overfit is not None and not overfit.configured.reached
    return Finding(
        message=_message(off, len(scaled), harm or "the run does not learn"),
        confidence=_confidence(trials, cured=cured, failed=failed),
        severity=Severity.ERROR if cured or failed or train is not None else None,
        places=tuple(Place(kind="layer", name=p.layer) for p, _ in off[:5]),
        measured={
            "relative_std": off[0][1],
            "median_relative_std": median(scale for _, scale in scaled),
        },
        rules_out=_outdone(trials, rescued),
        remedies=(
            Remedy(
                text='Leave torch\'s default initialisation, or use nn.init.kaiming_normal_(w, nonlinearity="relu").'
            ),
        ),
    )


def _confidence(trials: TrialsEvidence | None, *, cured: bool, failed: bool) -> float:
    """Return how sure this is: the paired runs first, then whether a few samples could be learnt."""
    if cured:
        return 0.95
    if trials and trials.of("default-init"):
        return UNCURED
    return 0.88 if failed else 0.75


def _of_embeddings(setup: SetupEvidence, trials: TrialsEvidence | None) -> Finding | None:
    """Accuse embeddings that start far above what products of them can take, where a smaller start proves it."""
    tables = [p for p in setup.parameters if p.kind.startswith(NOT_LAYERS) and p.std > LARGE_EMBEDDING]
    gained = lifts(trials, SMALL_EMBEDDINGS, beside=INITIALISATIONS)
    # A deviation of 1 is PyTorch's default and serves most models: what it keeps from training is another matter.
    if not tables or merely_generalises_further(trials, gained):
        return None
    others = f" (and {len(tables) - 1} more)" if len(tables) > 1 else ""
    return Finding(
        message=f"Embedding {_named(tables[0])}{others} starts with a standard deviation of {tables[0].std:.2g}: with 0.05 the "
        f"same run gets {worst_gain(trials, SMALL_EMBEDDINGS):.0%} of the way from a constant prediction to a perfect one "
        f"instead of {max(0.0, best_gain(trials, AS_CONFIGURED)):.0%}, with two seeds.",
        confidence=0.93,
        severity=Severity.ERROR,
        places=tuple(Place(kind="layer", name=p.layer) for p in tables[:5]),
        measured={"std": tables[0].std, "gained": gained},
        rules_out=_outdone(trials, gained),
        remedies=(Remedy(text="nn.init.normal_(embedding.weight, std=0.05); PyTorch's default is 1."),),
    )


def _outdone(trials: TrialsEvidence | None, gained: float) -> tuple[str, ...]:
    """Return the causes that another rate would speak for, where every rate goes less far: it only makes up for the start."""
    return RATES if gained > max(rescue(trials, name) for name in OF_RATES) else ()


def _tied_embeddings(setup: SetupEvidence) -> list[Parameter]:
    """Return embeddings that are the matrix of another layer, too: what suits a lookup is far too large for a product."""
    known = set(matrices(setup))
    return [p for p in setup.parameters if len(p.shape) > 1 and p.other_names and p not in known]


def _harm(first_batch: FirstBatchEvidence | None, max_loss_ratio: float) -> str:
    """Return in words what the scale does to the first batch; empty for nothing."""
    if first_batch is None:
        return "the first batch did not go through"
    loss = first_batch.loss
    if not math.isfinite(loss.value):
        return "the first loss is not finite"
    if math.isfinite(loss.expected) and loss.value > max_loss_ratio * max(loss.expected, 1e-6):
        return f"the first loss is {loss.value:.3g}, where knowing nothing costs {loss.expected:.3g}"
    change = growth(varying_parts(first_batch))
    if change is not None and (change.total > 1e3 or change.total < 1e-2):
        return f"the signal changes by a factor {change.total:.1g} over {change.layers} layers"
    if first_batch.depends_on_input < 1e-3:
        return f"only {first_batch.depends_on_input:.1g} of the output depends on the input"
    return ""


def _cured(trials: TrialsEvidence | None) -> bool:
    """Tell whether the paired run with torch's default initialisation ends clearly lower, for every seed."""
    if trials is None:
        return False
    before = {trial.seed: trial.train_loss for trial in trials.of("as-configured")}
    pairs = [
        (before[t.seed], t.train_loss)
        for t in trials.of("default-init")
        if t.seed in before and math.isfinite(t.train_loss)
    ]
    return bool(pairs) and all(
        not math.isfinite(configured) or changed < 0.7 * configured for configured, changed in pairs
    )


def _message(off: list[tuple[Parameter, float]], total: int, harm: str) -> str:
    parameter, scale = max(off, key=lambda pair: abs(math.log(pair[1])))
    word = "large" if scale > 1 else "small"
    return (
        f"{len(off)} of {total} weight tensors start too {word}: {_named(parameter)} has standard "
        f"deviation {parameter.std:.2g}, "
        f"{scale / 1.414:.2g} times He's for {parameter.fan_in} inputs; {harm}."
    )


def _named(parameter: Parameter) -> str:
    """Return its name, and where else it stands."""
    return parameter.name + (
        f" (tied to {', '.join(parameter.other_names)})" if parameter.other_names else ""
    )
