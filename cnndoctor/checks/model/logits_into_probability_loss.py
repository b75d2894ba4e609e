"""Raw scores (or plain probabilities) into a loss that wants probabilities (or their logarithm)."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import FailuresEvidence, FirstBatchEvidence, SetupEvidence
from cnndoctor.evidence.first_batch import OutputFacts
from cnndoctor.finding import Finding, Place, Remedy
from cnndoctor.signs.effects import BLOWS_UP, LEARNS_NOTHING, merged
from cnndoctor.signs.losses import expects

REFUSALS = (
    "all elements of input should be between 0 and 1",
    "input >= zero && input <= one",
    "input_val >= zero",
)


@check(
    severity="error",
    grade="A",
    explains=merged(
        LEARNS_NOTHING,
        BLOWS_UP,
        ("user-code-raises", "loss-goes-the-wrong-way", "loss-far-from-chance", "vanishing-gradients"),
    ),
)
def logits_into_probability_loss(
    setup: SetupEvidence, failures: FailuresEvidence, first_batch: FirstBatchEvidence | None
) -> Finding | None:
    """The loss wants probabilities or log-probabilities, but the model does not give them.

    What it measures:
        The output of one real batch, or what a step made of it, against what the loss is defined for: BCELoss wants values
        in [0, 1]; NLLLoss, KLDivLoss and CTCLoss want log-probabilities, whose exponentials sum to one over the classes.
    Why it matters:
        NLLLoss just picks the value of the true class. On raw scores or on probabilities it is not a likelihood: it
        turns negative and can be lowered without end without learning to tell the classes apart. BCELoss outside of
        [0, 1] is undefined; torch refuses it on the CPU and asserts on a GPU.
    How to fix:
        Keep raw scores and use the loss that takes them: ``CrossEntropyLoss`` for ``NLLLoss``, ``BCEWithLogitsLoss``
        for ``BCELoss``. Or end the model in ``log_softmax(dim=1)`` (NLL, KL, CTC) or ``sigmoid`` (BCE).
    When it is not a fault:
        The logarithm of clamped or smoothed probabilities is a log-probability within rounding and is not reported.

    References:
        - torch.nn.NLLLoss: "The input given through a forward call is expected to contain log-probabilities of each
          class"
        - torch.nn.BCELoss, torch.nn.CTCLoss
    """
    wanted = expects(setup.loss)
    if wanted == "probabilities":
        return _probabilities(setup, failures, first_batch)
    if wanted != "log-probabilities" or first_batch is None:
        return None
    if first_batch.loss.prediction_is_output:
        return _log_probabilities(setup, first_batch.output)
    given = first_batch.loss.given
    return _log_probabilities(setup, given, who="step") if given is not None else None


def _probabilities(
    setup: SetupEvidence, failures: FailuresEvidence, first_batch: FirstBatchEvidence | None
) -> Finding | None:
    refused = any(refusal in failure.message for failure in failures.failures for refusal in REFUSALS)
    if first_batch is None or not first_batch.output.shape or not first_batch.loss.prediction_is_output:
        return (
            _finding(setup, "gives values outside of [0, 1]", None, "BCEWithLogitsLoss", "sigmoid", 0.93)
            if refused
            else None
        )
    output = first_batch.output
    if output.nonfinite:
        return None  # NaN is refused as well, and is another fault
    outside = output.minimum < 0 or output.maximum > 1
    if outside or refused:
        said = f"gives values from {output.minimum:.3g} to {output.maximum:.3g}, not probabilities in [0, 1]"
        return _finding(setup, said, output, "BCEWithLogitsLoss", "sigmoid", 0.98)
    if not output.in_unit_interval and not output.last_activation and output.maximum > output.minimum:
        said = "leaves [0, 1] as soon as its inputs grow: nothing at its end makes probabilities"
        return _finding(setup, said, output, "BCEWithLogitsLoss", "sigmoid", 0.8)
    return None


def _log_probabilities(setup: SetupEvidence, output: OutputFacts, *, who: str = "model") -> Finding | None:
    normalised = output.log_sums_to_one
    if normalised or not output.shape or output.nonfinite:
        return None
    instead = {"KLDivLoss": "", "CTCLoss": ""}.get(setup.loss.name, "CrossEntropyLoss")
    if output.sums_to_one and output.maximum > output.minimum:
        said = "gives probabilities (every row sums to 1), not their logarithm: the loss is negative and has no meaning"
        return _finding(setup, said, output, instead, "log_softmax", 0.98, who)
    tolerance = 1e-4  # rounding of log(1)
    if output.maximum > tolerance:
        said = f"gives values up to {output.maximum:.3g}, and a log-probability is never positive"
        return _finding(setup, said, output, instead, "log_softmax", 0.97, who)
    return None


def _finding(  # noqa: PLR0917 - the parts of one sentence
    setup: SetupEvidence,
    said: str,
    output: OutputFacts | None,
    instead: str,
    activation: str,
    confidence: float,
    who: str = "model",
) -> Finding:
    wants = "probabilities" if activation == "sigmoid" else "log-probabilities"
    dim = "" if activation == "sigmoid" else " over the class axis"
    end = "End the model in" if who == "model" else "Give it what went through"
    remedies = [Remedy(text=f"{end} {activation}{dim}.")]
    if instead:
        patch = {"loss._target_": f"torch.nn.{instead}"} if not setup.loss.name.islower() else {}
        remedies.insert(
            0,
            Remedy(
                text=f"Keep raw scores as output and use {instead}, which is also the more stable.",
                patch=patch,
            ),
        )
    layer = (Place(kind="layer", name=output.last_layer),) if output and output.last_layer else ()
    return Finding(
        message=f"{setup.loss.name} wants {wants}, but the {who} {said}.",
        confidence=confidence,
        places=(Place(kind="key", name="loss"), *layer),
        measured={"minimum": output.minimum, "maximum": output.maximum} if output else {},
        remedies=tuple(remedies),
    )
