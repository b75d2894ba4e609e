"""Groups of effects that many causes share, so that every proven cause accounts for all that it can produce."""

# Steps that lead nowhere: what is seen where the weights hardly move, or move in vain.
STANDS_STILL = (
    "loss-flat",
    "initial-plateau",
    "chance-accuracy",
    "constant-predictions",
    "cannot-overfit-tiny-set",
    "underfitting",
    "per-class-failure",
    "update-too-small",
)

# No progress: what is seen in any run that does not learn, whatever the cause.
NO_PROGRESS = (
    *STANDS_STILL,
    "loss-and-metric-disagree",
    "stopped-too-early",
    "best-epoch-lost",
    "seed-sensitive",
)

# Layers that let no gradient through: those before them stand still, as with a weak optimizer.
STARVES_THE_GRADIENT = ("vanishing-gradients", *STANDS_STILL, "stopped-too-early", "weak-optimizer")

# A network that cannot learn: whatever is tried on it afterwards (rates, optimizers, sizes) looks strange as well. For
# proofs; an effect that a learning rate can have (dead units, vanished gradients) must not explain the rate in turn.
LEARNS_NOTHING = (
    *NO_PROGRESS,
    "learning-rate-too-low",
    "learning-rate-too-high",
    "update-too-large",
    "weak-optimizer",
    "model-too-small",
    "regularization-blocks-fit",
    "inputs-not-scaled",
    "loss-oscillates",
    "transfer-not-used",
)

# A network whose numbers grow without bound.
BLOWS_UP = (
    "loss-not-finite",
    "nonfinite-gradients",
    "exploding-gradients",
    "exploding-activations",
    "loss-diverges",
    "loss-oscillates",
    "loss-flat",
    "learning-rate-too-high",
    "update-too-large",
    "dead-relu",
    "saturated-units",
    "chance-accuracy",
    "constant-predictions",
    "cannot-overfit-tiny-set",
    "underfitting",
    "inputs-not-scaled",
    "weak-optimizer",
    "seed-sensitive",
    "clipping-always-active",
    "half-precision-fault",
    "transfer-not-used",
)

# Inputs or targets of a size that no one learning rate suits.
WRONG_SCALE = (
    "learning-rate-too-high",
    "learning-rate-too-low",
    "exploding-gradients",
    "exploding-activations",
    "loss-far-from-chance",
    "loss-diverges",
    "loss-oscillates",
    "loss-flat",
    "initial-plateau",
    "chance-accuracy",
    "constant-predictions",
    "cannot-overfit-tiny-set",
    "underfitting",
    "dead-relu",
    "update-too-large",
    "update-too-small",
    "weak-optimizer",
    "stopped-too-early",
    "best-epoch-lost",
    "seed-sensitive",
    "clipping-always-active",
    "transfer-not-used",
)

# The scores on held-out data or in eval mode are wrong, although training itself may go well.
EVALUATES_WRONGLY = (
    "train-eval-gap",
    "validation-better-than-train",
    "overfitting",
    "underfitting",
    "chance-accuracy",
    "constant-predictions",
    "per-class-failure",
    "validation-labels-misaligned",
    "class-index-mismatch",
    "train-validation-shift",
    "best-epoch-lost",
    "not-reproducible",
    "stopped-too-early",
    "transfer-not-used",
)

# Training goes well and held-out data do not, because the held-out data are at fault.
HELD_OUT_IS_BAD = (
    "overfitting",
    "underfitting",
    "chance-accuracy",
    "constant-predictions",
    "per-class-failure",
    "train-eval-gap",
    "best-epoch-lost",
    "loss-and-metric-disagree",
    "validation-better-than-train",
    "stopped-too-early",
    "seed-sensitive",
    "too-little-data",
    "not-reproducible",
    "transfer-not-used",
)


def merged(*groups: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ids of all groups, each once, in order.

    Args:
        *groups: Groups of this module, or ids of a check's own.
    """
    return tuple(dict.fromkeys(effect for group in groups for effect in group))
