"""What kind of problem an experiment solves, told by its config or inferred from its loss and targets."""

from __future__ import annotations

import functools
from enum import StrEnum
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from cnndoctor.patient.batches import first_tensor
from cnndoctor.patient.randomness import preserved_randomness

MASK_NDIM = 2  # a target of one sample with two axes or more is a mask


class Task(StrEnum):
    """The kinds of problem cnndoctor knows how to score."""

    CLASSIFICATION = "classification"
    MULTILABEL = "multilabel"
    SEGMENTATION = "segmentation"
    REGRESSION = "regression"
    CTC = "ctc"
    CUSTOM = "custom"


CROSS_ENTROPIES = (nn.CrossEntropyLoss, nn.NLLLoss)
MARGINS = (nn.MultiMarginLoss,)
BINARY = (nn.BCELoss, nn.BCEWithLogitsLoss, nn.SoftMarginLoss, nn.HingeEmbeddingLoss)
MULTILABEL = (nn.MultiLabelMarginLoss, nn.MultiLabelSoftMarginLoss)
DISTANCES = (nn.MSELoss, nn.L1Loss, nn.SmoothL1Loss, nn.HuberLoss, nn.PoissonNLLLoss, nn.GaussianNLLLoss)
BINARY_NAMES = {"binary_cross_entropy", "binary_cross_entropy_with_logits", "soft_margin_loss"}
DISTANCE_NAMES = {
    "mse_loss",
    "l1_loss",
    "smooth_l1_loss",
    "huber_loss",
    "poisson_nll_loss",
    "gaussian_nll_loss",
}

# What a loss written by hand does to single scores that are no probabilities yet.
LOGITS_TAKEN = {"sigmoid", "sigmoid_", "logsigmoid", "log_sigmoid", "binary_cross_entropy_with_logits"}


def infer_task(loss: object, targets: object, outputs: object = None) -> Task:
    """Infer the task from the loss and one batch of targets.

    Args:
        loss: The built loss: a module, a function or a partial; None when a step needs none.
        targets: Targets of one batch, [N, ...]; anything but a tensor is custom (or ctc).
        outputs: The model's outputs on that batch, when they are known; tells masks from labels.

    Returns:
        The task; ``custom`` when nothing fits.
    """
    name = loss_name(loss)
    if isinstance(loss, nn.CTCLoss) or name == "ctc_loss":
        return Task.CTC
    if isinstance(loss, MULTILABEL):
        return Task.MULTILABEL
    if not isinstance(targets, Tensor):
        return Task.CUSTOM
    if isinstance(loss, CROSS_ENTROPIES + MARGINS) or name in {
        "cross_entropy",
        "nll_loss",
        "multi_margin_loss",
    }:
        return _of_class_scores(targets, outputs)
    if isinstance(loss, BINARY) or name in BINARY_NAMES:
        return _of_binary(targets)
    if isinstance(loss, DISTANCES) or name in DISTANCE_NAMES:
        return Task.REGRESSION
    if (isinstance(loss, nn.KLDivLoss) or name == "kl_div") and targets.ndim >= MASK_NDIM:
        return _of_class_scores(targets, outputs)  # class probabilities
    if is_yes_or_no(targets) and not are_shares(targets) and _takes_logits(loss, targets, outputs):
        return _of_binary(targets)
    if _never_looks_at_targets(loss, outputs) and not _could_be_scores(outputs, targets):
        # A density, an energy, an autoencoder that carries its inputs along: the labels are nobody's.
        return Task.CUSTOM
    return _of_targets(targets, outputs)


def is_yes_or_no(targets: object) -> bool:
    """Return whether targets are floating numbers, each of them 0 or 1."""
    if not isinstance(targets, Tensor) or not targets.is_floating_point() or not targets.numel():
        return False
    return bool(((targets == 0) | (targets == 1)).all())


def of_torch(loss: object) -> bool:
    """Return whether the loss is a module or function of torch itself; one of the user's own stays so when it is compiled."""
    function = loss.func if isinstance(loss, functools.partial) else loss
    return str(getattr(function, "__module__", "")).startswith(("torch.nn", "torch._C", "torch.functional"))


class _Names(TorchFunctionMode):
    """Notes the names of torch's functions that are called."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401 - torch's own
        self.seen.add(str(getattr(func, "__name__", "")))
        return func(*args, **(kwargs or {}))


def _takes_logits(loss: object, targets: Tensor, outputs: object) -> bool:
    """Return whether a loss of the user's own (focal, Tversky …) makes probabilities of single scores by itself."""
    scores = first_tensor(outputs, floating=True)
    if not callable(loss) or scores is None or scores.numel() != targets.numel():
        return False
    try:
        with _Names() as names, torch.no_grad(), preserved_randomness():
            loss(scores.detach(), targets)
    except Exception:  # noqa: BLE001 - the stages run the same loss and report what it raises
        return False
    return bool(names.seen & LOGITS_TAKEN)


class _Untouchable:
    """Stands for targets and can do nothing that targets can."""


def _never_looks_at_targets(loss: object, outputs: object) -> bool:
    """Return whether a loss of the user's own gives its value for something that is no targets at all: then it reads none."""
    if not callable(loss) or outputs is None:
        return False
    try:
        with torch.no_grad(), preserved_randomness():
            value = loss(outputs, _Untouchable())
    except Exception:  # noqa: BLE001 - it wanted targets
        return False
    return isinstance(value, Tensor) and value.is_floating_point()


def _could_be_scores(outputs: object, targets: Tensor) -> bool:
    """Return whether the outputs are rows with a score for each of several labels: a loss that forgets those is a fault."""
    if not isinstance(outputs, Tensor) or outputs.ndim != MASK_NDIM:
        return False
    if targets.ndim != 1 or targets.is_floating_point():
        return False
    lowest, highest = int(targets.min()), int(targets.max())
    return 0 <= lowest < highest < outputs.shape[1]


class OfOtherOutputs:
    """A loss that is given something else than the outputs which are scored: its settings hold, not what it takes them for."""

    def __init__(self, loss: object) -> None:
        """Stand for ``loss``; a partial's keywords are settings, too."""
        self._settings = loss.keywords if isinstance(loss, functools.partial) else {}
        self._loss = loss

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a setting of whatever type
        """Return a setting of the loss."""
        return self._settings[name] if name in self._settings else getattr(self._loss, name)


def loss_name(loss: object) -> str:
    """Return the class name of a loss module, or the name of a function (through partials); empty for None."""
    if loss is None:
        return ""
    function = loss.func if isinstance(loss, functools.partial) else loss
    return str(getattr(function, "__name__", type(function).__name__))


def _of_class_scores(targets: Tensor, outputs: object) -> Task:
    if targets.is_floating_point():  # class probabilities [N, C] or [N, C, H, W]
        return Task.SEGMENTATION if targets.ndim > MASK_NDIM else Task.CLASSIFICATION
    if targets.ndim > MASK_NDIM or (targets.ndim == MASK_NDIM and targets.shape[1] > 1 and _dense(outputs)):
        return Task.SEGMENTATION
    return Task.CLASSIFICATION


def _of_binary(targets: Tensor) -> Task:
    if targets.ndim > MASK_NDIM:
        return Task.SEGMENTATION
    return Task.MULTILABEL if targets.ndim == MASK_NDIM and targets.shape[1] > 1 else Task.CLASSIFICATION


def _of_targets(targets: Tensor, outputs: object) -> Task:
    """Judge by the targets: whole numbers are labels unless one output answers them; masks of zeros and ones too."""
    if not targets.is_floating_point() and targets.dtype != torch.bool:
        return Task.REGRESSION if _are_counts(targets, outputs) else _of_class_scores(targets, outputs)
    if targets.dtype == torch.bool or (
        targets.ndim > MASK_NDIM and bool(((targets == 0) | (targets == 1)).all())
    ):
        return _of_binary(targets)
    return _of_class_scores(targets, outputs) if are_shares(targets) else Task.REGRESSION


def _are_counts(targets: Tensor, outputs: object) -> bool:
    """Return whether whole numbers of three values or more meet one output a sample: counts or grades, no classes."""
    scores = outputs if isinstance(outputs, Tensor) else None
    if scores is None or not scores.is_floating_point() or not scores.ndim or scores.shape[1:].numel() != 1:
        return False
    single = targets.ndim == 1 or (targets.ndim == MASK_NDIM and targets.shape[1] == 1)
    return single and len(torch.unique(targets)) > 2  # two are a yes and a no


def are_shares(targets: Tensor) -> bool:
    """Return whether the rows [N, C] are class probabilities: shares of several classes that add up to 1."""
    if targets.ndim != MASK_NDIM or targets.shape[1] < 2:
        return False
    whole = torch.allclose(
        targets.sum(1), torch.ones((), dtype=targets.dtype, device=targets.device), atol=1e-3
    )
    return whole and bool((targets >= 0).all())


def _dense(outputs: object) -> bool:
    """Tell whether the scores have an axis beyond batch and class (a score per position)."""
    scores = first_tensor(outputs, floating=True)
    return scores is not None and scores.ndim > MASK_NDIM
