"""A backward pass that does not compute the derivative of the forward."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import GradientEvidence, TrainEvidence
from cnndoctor.evidence.gradient import ModuleCheck
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.effects import BLOWS_UP, LEARNS_NOTHING, merged
from cnndoctor.signs.success import trained_well

# Names of functions whose gradient differs from the derivative on purpose. Straight-through estimators and identities are
# left out by the stage already, by their numbers; this is for those that it cannot tell from a fault.
MEANT = ("revers", "straight", "surrogate", "quant", "binar")
VISIBLE = 1e-3  # relative error from which a module counts as guilty: the stage's own limit of "wrong"


@check(
    severity="error",
    grade="A",
    explains=merged(
        LEARNS_NOTHING, BLOWS_UP, ("vanishing-gradients", "parameters-not-updating", "output-ignores-input")
    ),
)
def wrong_gradient(gradient: GradientEvidence, train: TrainEvidence | None) -> Finding | NotApplicable | None:
    """A gradient is not the derivative of the loss.

    What it measures:
        Analytic against numeric gradients (centred differences in float64, kinks left out, smaller steps and other
        samples tried before anything is said); and each module alone, once something is wrong.
    Why it matters:
        The optimizer follows a direction that is not the way down. Often training works a little, which hides it for
        long.
    How to fix:
        Correct ``backward`` of the custom ``torch.autograd.Function`` named here, and hold it with
        ``torch.autograd.gradcheck``.
    When it is not a fault:
        Straight-through estimators, identities with another gradient and stop-gradients differ on purpose and are
        recognised by their numbers. What remains and has a name that says so (a reversal) is a note; a warning
        where the run learns well. A model of torch's own operations alone gets a note at most: where it curves too
        much for a difference quotient, the quotient is at fault.

    References:
        - CS231n notes, "Gradient checks"; torch.autograd.gradcheck
    """
    if not gradient.checkable:
        return NotApplicable(reason=gradient.reason or "the model does not run in float64")
    wrong = sorted((t for t in gradient.tensors if t.verdict == "wrong"), key=lambda t: -t.error)
    # Ties of a max-pool over equal pixels are a kink in the inputs alone; no weight ever gets that gradient.
    if not wrong or (all(t.name == "input" for t in wrong) and not gradient.modules):
        return None
    worst = wrong[0]
    culprit = next((module for module in gradient.modules if module.error > VISIBLE), None)
    functions = culprit.functions if culprit and culprit.functions else gradient.custom_functions
    meant = any(word in name.lower() for name in functions for word in MEANT)
    by = (
        f" The fault is in {culprit.path or 'the model'} ({', '.join(functions) or culprit.kind})."
        if culprit
        else ""
    )
    # Autograd of torch's own operations is right; without a function of the user's a function that curves too much for a
    # difference quotient (sines of high frequency) is the likelier reason.
    plain = not functions
    mild = Severity.NOTE if meant or plain else Severity.WARNING if trained_well(train) else None
    return Finding(
        message=(
            f"The gradient of {worst.name} is wrong by {worst.error:.0%}: backward() gives "
            f"{worst.analytic:.4g}, the difference quotient "
            f"{worst.numeric:.4g} ({len(wrong)} of {len(gradient.tensors)} tensors are wrong).{by}"
        ),
        confidence=0.4 if meant or plain else 0.96,
        severity=mild,
        places=(*_places(culprit), Place(kind="layer", name=worst.layer)),
        measured={"error": worst.error, "analytic": worst.analytic, "numeric": worst.numeric},
        remedies=(
            Remedy(
                text=f"Correct backward() of {functions[0] if functions else worst.layer} and hold it "
                f"with torch.autograd.gradcheck."
            ),
        ),
    )


def _places(culprit: ModuleCheck | None) -> tuple[Place, ...]:
    """Return the line of the guilty backward, where it is known, and the module that uses it."""
    if culprit is None:
        return ()
    module = Place(kind="layer", name=culprit.path, file=culprit.source_file, line=culprit.source_line)
    if not culprit.backward_file or not culprit.functions:
        return (module,)
    name = f"{culprit.functions[0]}.backward"
    return (Place(kind="source", name=name, file=culprit.backward_file, line=culprit.backward_line), module)
