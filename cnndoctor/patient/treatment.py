"""Applies one deliberate change to a fresh session: what a Change says, done in place."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.amp.grad_scaler import GradScaler
from torch.nn.modules.dropout import _DropoutNd
from torch.nn.parameter import is_lazy

from cnndoctor.patient.bare_output import take_off_last_activation
from cnndoctor.patient.changes import Change
from cnndoctor.patient.kept_values import KeptInGraph
from cnndoctor.patient.loader_treatment import treat_loader
from cnndoctor.patient.optimizer_treatment import hold_all, treat_optimizer, unfreeze
from cnndoctor.patient.permuting import put_permutes
from cnndoctor.patient.session import Session
from cnndoctor.patient.standardiser import standardiser
from cnndoctor.patient.unscramble import unscrambled
from cnndoctor.user_code import user_code

EMBEDDINGS = (nn.Embedding, nn.EmbeddingBag)
EMBEDDED_STD = 0.05
DROPOUT_NAMES = ("dropout", "dropout_p", "drop_prob", "drop_path_prob", "drop_rate")


def apply_change(session: Session, change: Change) -> None:
    """Change a freshly built session in the one way that ``change`` describes.

    Args:
        session: Changed in place; must not have made a step.
        change: What to change.
    """
    _change_model(session.model, change)
    if change.unfrozen:
        unfreeze(session)
    treat_loader(session, change)
    treat_optimizer(session, change)
    if change.all_held:
        hold_all(session)
    if change.label_smoothing_off and hasattr(session.loss, "label_smoothing"):
        session.loss.label_smoothing = 0.0  # type: ignore[union-attr]
    if change.mean_loss and getattr(session.loss, "reduction", "") == "sum":
        session.loss.reduction = "mean"  # type: ignore[union-attr]
    if change.clip_grad_norm or change.clipping_off:
        session.clip_grad_norm = change.clip_grad_norm
    if change.accumulate_off:
        session.accumulate = 1
    if change.averaged:
        session.accumulate_normalised = True
    session.penalty_off = change.penalty_off
    session.kept_in_graph = KeptInGraph() if change.attached else None
    if change.fp32:
        session.precision, session.scaler = "fp32", GradScaler(session.device.type, enabled=False)
    if change.standardise_inputs:
        session.change_inputs = standardiser(session, session.members.inputs_of)
    if change.unscramble:
        undone, further = unscrambled(change.unscramble), session.change_inputs
        session.change_inputs = undone if further is None else lambda inputs: further(undone(inputs))
    if change.standardise_targets:
        session.change_targets = standardiser(session, session.members.targets_of)


def _change_model(model: nn.Module, change: Change) -> None:
    if change.relu:
        replace_saturating(model)
    if change.default_init or change.he_init:
        reinitialise(model, he=change.he_init)
    if change.small_embeddings:
        shrink_embeddings(model)
    if change.dropout_off:
        switch_dropout_off(model)
    for path in change.activated:
        model.get_submodule(path).register_forward_hook(_rectified)
    if change.batch_first:
        put_batch_first(model)
    if change.permuted:
        put_permutes(model, change.permuted)
    if change.finer:
        step_by_one(model.get_submodule(change.finer))
    if change.bare_output:
        take_off_last_activation(model)
    if change.output_through:
        model.register_forward_hook(_through(change.output_through, change.class_axis))
    if change.output_axis:
        model.register_forward_hook(_with_axis if change.output_axis > 0 else _without_axis)


def shrink_embeddings(model: nn.Module) -> None:
    """Scale embeddings that vary more down to a standard deviation of 0.05, as Keras draws them; tied layers follow.

    Args:
        model: Changed in place.
    """
    with torch.no_grad():
        for weight in {module.weight for module in model.modules() if isinstance(module, EMBEDDINGS)}:
            weight.mul_(min(1.0, EMBEDDED_STD / float(weight.std().clamp_min(1e-12))))


def step_by_one(layer: nn.Module) -> None:
    """Let a convolution or pooling look at every place.

    Args:
        layer: Changed in place: its stride is one along each axis.
    """
    stride = layer.stride
    layer.stride = (1,) * len(stride) if isinstance(stride, tuple) else 1  # type: ignore[assignment]


def _with_axis(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
    return output.unsqueeze(-1)


def _without_axis(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
    return output.squeeze(-1)


def _through(function: str, class_axis: int) -> Callable[[nn.Module, object, Tensor], Tensor]:
    """Return a forward hook that puts the output through a function."""
    if function == "log_softmax":
        return lambda _module, _inputs, output: output.log_softmax(class_axis)
    return lambda _module, _inputs, output: output.sigmoid() if function == "sigmoid" else output.log()


def put_batch_first(model: nn.Module) -> list[str]:
    """Let every recurrent and attention layer take [N, T, F] in place; return the paths of those that took [T, N, F].

    Raises:
        RuntimeError: None did.
    """
    turned = [path for path, module in model.named_modules() if getattr(module, "batch_first", None) is False]
    for path in turned:
        model.get_submodule(path).batch_first = True  # type: ignore[assignment]
    if not turned:
        raise RuntimeError("no layer takes the batch axis second")
    return turned


def _rectified(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
    return output.relu()


def switch_dropout_off(model: nn.Module) -> list[str]:
    """Set the rate of every dropout and stochastic-depth layer to 0 in place; return their paths."""
    changed = []
    for path, module in model.named_modules():
        is_dropout = isinstance(module, _DropoutNd) or "drop" in type(module).__name__.lower()
        names = (*DROPOUT_NAMES, "p") if is_dropout else DROPOUT_NAMES
        for name in names:
            value = getattr(module, name, None)
            if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1:
                setattr(module, name, 0.0)
                changed.append(path)
    return list(dict.fromkeys(changed))


def replace_saturating(model: nn.Module) -> list[str]:
    """Put a ReLU in the place of every sigmoid and tanh module but those after the last weights; return their paths."""
    # A module that stands in two places is found in both.
    order = list(model.named_modules(remove_duplicate=False))
    weighted = [
        index
        for index, (_, module) in enumerate(order)
        if next(module.parameters(recurse=False), None) is not None
    ]
    last = weighted[-1] if weighted else 0
    inner = [path for path, module in order[:last] if isinstance(module, nn.Sigmoid | nn.Tanh)]
    for path in inner:
        parent, _, name = path.rpartition(".")
        setattr(model.get_submodule(parent), name, nn.ReLU())
    return inner


def reinitialise(model: nn.Module, *, he: bool) -> None:
    """Give every layer PyTorch's default initialisation again, or He's for convolutions, linear layers and bare matrices.

    A weight matrix that a module of the user's own holds as a bare parameter is set as a linear layer's would be.
    """
    for module in model.modules():
        # Attention keeps its own under a private name.
        reset = getattr(module, "reset_parameters", getattr(module, "_reset_parameters", None))
        if callable(reset):
            with user_code("reset parameters"):
                reset()
        else:
            for parameter in module.parameters(recurse=False):
                _reset_bare(parameter, he=he)
        if he and isinstance(module, nn.Linear | nn.modules.conv._ConvNd):  # noqa: SLF001 - the common base has no public name
            if is_lazy(module.weight):
                continue
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def _reset_bare(parameter: nn.Parameter, *, he: bool) -> None:
    """Set a weight matrix that no layer initialises; scales, biases and what starts as ones stay."""
    if isinstance(parameter, nn.UninitializedParameter) or not parameter.requires_grad:
        return
    if parameter.ndim < 2 or parameter[0].numel() < 2 or bool((parameter == 1).all()):
        return
    if he:
        nn.init.kaiming_normal_(parameter, nonlinearity="relu")
    else:
        nn.init.kaiming_uniform_(parameter, a=math.sqrt(5))
