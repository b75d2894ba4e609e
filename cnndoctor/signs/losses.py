"""What the losses of torch expect of a prediction: the contract that an output is held against."""

from __future__ import annotations

import math
from typing import Literal

from cnndoctor.evidence.first_batch import FirstBatchEvidence
from cnndoctor.evidence.setup import LossFacts

Expectation = Literal["scores", "binary-scores", "log-probabilities", "probabilities", "values", ""]

_EXPECTS: dict[str, Expectation] = {
    "CrossEntropyLoss": "scores",
    "cross_entropy": "scores",
    "BCEWithLogitsLoss": "binary-scores",
    "binary_cross_entropy_with_logits": "binary-scores",
    "MultiLabelSoftMarginLoss": "binary-scores",
    "multilabel_soft_margin_loss": "binary-scores",
    "SoftMarginLoss": "binary-scores",
    "soft_margin_loss": "binary-scores",
    "NLLLoss": "log-probabilities",
    "NLLLoss2d": "log-probabilities",
    "nll_loss": "log-probabilities",
    "KLDivLoss": "log-probabilities",
    "kl_div": "log-probabilities",
    "CTCLoss": "log-probabilities",
    "ctc_loss": "log-probabilities",
    "BCELoss": "probabilities",
    "binary_cross_entropy": "probabilities",
    "MSELoss": "values",
    "mse_loss": "values",
    "L1Loss": "values",
    "l1_loss": "values",
    "SmoothL1Loss": "values",
    "smooth_l1_loss": "values",
    "HuberLoss": "values",
    "huber_loss": "values",
}
# What a loss written by hand does first to the output says what it takes it for. Regression is left out: nothing says
# that such a loss compares with the targets as they are in the data.
BEGIN_WITH_SCORES: dict[str, Expectation] = {
    "sigmoid": "binary-scores",
    "logsigmoid": "binary-scores",
    "softmax": "scores",
    "log_softmax": "scores",
}
_INNER: dict[str, Expectation] = {
    **{name: told for name, told in _EXPECTS.items() if told != "values"},
    **BEGIN_WITH_SCORES,
}
BY_LUCK = 1e-3  # probability that a batch holds none of the labels that stray
# Losses that compare two tensors element by element, so that a wrong shape broadcasts or is refused.
_ELEMENTWISE = {"probabilities", "binary-scores", "values"}


def expects(loss: LossFacts) -> Expectation:
    """Return what a known loss expects as prediction; empty for a loss whose contract is unknown.

    Args:
        loss: The built loss; a user's class that merely shares a name with torch's is known by what it calls.
    """
    return _EXPECTS.get(loss.name, "") if loss.known else _INNER.get(loss.inner, "")


def is_cross_entropy(loss: LossFacts) -> bool:
    """Return whether the loss applies log-softmax itself and takes class scores."""
    return loss.known and loss.name in {"CrossEntropyLoss", "cross_entropy"}


def is_ctc(loss: LossFacts) -> bool:
    """Return whether the loss is torch's connectionist temporal classification."""
    return loss.known and loss.name in {"CTCLoss", "ctc_loss"}


def is_elementwise(loss: LossFacts) -> bool:
    """Return whether the loss compares prediction and target element by element."""
    return expects(loss) in _ELEMENTWISE


def never_negative(loss: LossFacts) -> bool:
    """Return whether the loss, or what a loss of the user's own calls, cannot be negative on valid predictions and targets."""
    return expects(loss) != "" and loss.name not in {"KLDivLoss", "kl_div"}


def took_other_labels(first_batch: FirstBatchEvidence | None, stray: float) -> bool:
    """Return whether the loss went through on a batch that would have held labels it refuses: it meets others than the data's.

    A step may renumber the classes of an episode, or name predicted classes as its outputs.

    Args:
        first_batch: What the first batch showed; None where it did not run.
        stray: Share of the data's labels that have no output.
    """
    if first_batch is None or not math.isfinite(first_batch.loss.value):
        return False
    return (1 - stray) ** first_batch.batch_size < BY_LUCK


def takes_shares(first_batch: FirstBatchEvidence) -> bool:
    """Return whether the loss is given numbers between 0 and 1, as a sigmoid makes them."""
    return (first_batch.loss.given or first_batch.output).in_unit_interval
