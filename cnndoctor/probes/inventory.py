"""Lists what a model, an optimizer and a loss are made of, before anything is trained."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter

from cnndoctor.evidence.setup import Layer, LossFacts, OptimizerFacts, OptimizerGroup, Parameter
from cnndoctor.patient.task import loss_name, of_torch
from cnndoctor.probes.calls import Calls, layers_of
from cnndoctor.probes.source import source_of

SETTINGS = (
    "p", "drop_prob", "stride", "kernel_size", "padding", "dilation", "groups", "in_channels", "out_channels",
    "in_features", "out_features", "num_features", "normalized_shape", "num_channels", "num_groups", "momentum", "eps",
    "affine", "elementwise_affine", "track_running_stats", "dim", "start_dim", "end_dim", "negative_slope", "inplace",
    "num_embeddings", "embedding_dim", "padding_idx", "input_size", "hidden_size", "num_layers", "bidirectional",
    "batch_first", "dropout", "embed_dim", "num_heads", "output_size", "min_val", "max_val",
)  # fmt: skip
DROP_RATES = ("p", "drop_prob", "drop_rate", "dropout")
NORMALISING = ("BatchNorm", "LayerNorm", "GroupNorm", "InstanceNorm", "RMSNorm", "LocalResponseNorm")
# Optimizers that divide by a running size of the gradient; a user's own is recognised by its name.
ADAPTIVE = (
    "adam",
    "rmsprop",
    "adagrad",
    "adadelta",
    "adafactor",
    "rprop",
    "lamb",
    "lion",
    "novograd",
    "ranger",
    "yogi",
    "shampoo",
)


def layer_records(model: nn.Module, calls: Mapping[str, Calls]) -> tuple[Layer, ...]:
    """Return every layer in order of registration, with what a probe forward showed of it.

    Args:
        model: The model.
        calls: What ``recorded_calls`` saw; empty when the forward failed.
    """
    return tuple(_layer(model, path, module, calls.get(path)) for path, module in layers_of(model).items())


def parameter_records(
    model: nn.Module, optimizer: torch.optim.Optimizer, frozen_on_purpose: Sequence[str]
) -> tuple[Parameter, ...]:
    """Return every parameter tensor once, under its first name.

    Args:
        model: The model.
        optimizer: Whose groups are counted.
        frozen_on_purpose: Glob patterns of names that are meant not to train.
    """
    groups: dict[int, int] = {}
    for group in optimizer.param_groups:
        for key in {id(tensor) for tensor in group["params"]}:
            groups[key] = groups.get(key, 0) + 1
    names: dict[int, list[str]] = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        names.setdefault(id(parameter), []).append(name)
    owners = dict(model.named_modules(remove_duplicate=False))
    records = []
    for name, parameter in model.named_parameters():
        layer = name.rpartition(".")[0]
        facts = _values(parameter) if not isinstance(parameter, UninitializedParameter) else {}
        records.append(
            Parameter(
                name=name,
                layer=layer,
                kind=type(owners[layer]).__name__ if layer in owners else "",
                shape=() if isinstance(parameter, UninitializedParameter) else tuple(parameter.shape),
                dtype=str(parameter.dtype).removeprefix("torch."),
                device=str(parameter.device),
                trainable=parameter.requires_grad,
                optimizer_groups=groups.get(id(parameter), 0),
                frozen_on_purpose=any(fnmatchcase(name, pattern) for pattern in frozen_on_purpose),
                other_names=tuple(other for other in names.get(id(parameter), []) if other != name),
                **facts,  # type: ignore[arg-type]
            )
        )
    return tuple(records)


def optimizer_facts(optimizer: torch.optim.Optimizer, model: nn.Module) -> OptimizerFacts:
    """Return what kind of optimizer it is, its groups, and what it holds that is not the model's."""
    own = {id(p) for p in model.parameters()}
    name = type(optimizer).__name__
    return OptimizerFacts(
        name=name,
        adaptive=any(word in name.lower() for word in ADAPTIVE),
        groups=tuple(_group(group) for group in optimizer.param_groups),
        foreign=tuple(
            tuple(tensor.shape)
            for group in optimizer.param_groups
            for tensor in group["params"]
            if id(tensor) not in own and not isinstance(tensor, UninitializedParameter)
        ),
        maximize=any(bool(group.get("maximize", False)) for group in optimizer.param_groups),
    )


def loss_facts(loss: object) -> LossFacts:
    """Return what kind of loss it is; the settings of a function come from its keywords and defaults."""
    name = loss_name(loss)
    settings = _settings_of(loss)
    reduction = settings.get("reduction", "")
    ignore = settings.get("ignore_index")
    smoothing = settings.get("label_smoothing", 0.0)
    return LossFacts(
        name=name,
        known=of_torch(loss),
        reduction=reduction if isinstance(reduction, str) else "",
        ignore_index=ignore if isinstance(ignore, int) and not isinstance(ignore, bool) else None,
        label_smoothing=float(smoothing) if isinstance(smoothing, int | float) else 0.0,
        has_class_weights=any(isinstance(settings.get(key), Tensor) for key in ("weight", "pos_weight")),
        blank=_blank(loss, settings),
    )


def is_normalising(module: nn.Module) -> bool:
    """Return whether a layer normalises activations: torch's kinds, and a user's whose class name says so."""
    return any(kind in type(module).__name__ for kind in NORMALISING)


def dropout_rates(model: nn.Module) -> dict[str, float]:
    """Return path → rate of every dropout and stochastic-depth layer with a rate above 0."""
    rates = {}
    for path, module in layers_of(model).items():
        if "drop" not in type(module).__name__.lower():
            continue
        rate = next(
            (
                v
                for key in ("p", "drop_prob", "drop_rate", "dropout")
                if isinstance(v := getattr(module, key, None), float)
            ),
            0.0,
        )
        if rate > 0:
            rates[path] = rate
    return rates


def _layer(model: nn.Module, path: str, module: nn.Module, calls: Calls | None) -> Layer:
    own = [p for p in module.parameters(recurse=False) if not isinstance(p, UninitializedParameter)]
    file, line = source_of(model, path)
    return Layer(
        path=path,
        kind=type(module).__name__,
        source_file=file,
        source_line=line,
        parameters=sum(p.numel() for p in own),
        trainable=sum(p.numel() for p in own if p.requires_grad),
        calls=calls.count if calls else 0,
        position=calls.position if calls else -1,
        input_shape=calls.input_shape if calls else (),
        output_shape=calls.output_shape if calls else (),
        settings={key: _text(getattr(module, key)) for key in SETTINGS if _plain(getattr(module, key, None))},
    )


def _plain(value: object) -> bool:
    if isinstance(value, tuple | list):
        return bool(value) and all(isinstance(item, int | float) for item in value)
    return isinstance(value, bool | int | float | str)


def _text(value: object) -> str:
    if isinstance(value, tuple | list):
        same = len({*value}) == 1
        return str(value[0]) if same else "x".join(str(item) for item in value)
    return str(value)


def _values(parameter: Tensor) -> dict[str, float | int | bool]:
    """Return the statistics of one parameter; in double precision, so that equal elements have a spread of exactly 0."""
    with torch.no_grad():
        flat = parameter.detach()
        if not flat.numel() or flat.is_sparse:
            return {}
        wide = flat.abs() if flat.is_complex() else flat
        wide = wide.double() if wide.device.type != "mps" else wide.float()
        finite = torch.isfinite(wide)
        nonfinite = int((~finite).sum())
        used = wide[finite] if nonfinite else wide
        low, high = (used.min(), used.max()) if used.numel() else (torch.zeros(()), torch.ones(()))
        rows = flat.flatten(1) if flat.ndim >= 2 else None
        return {
            "mean": float(used.mean()) if used.numel() else math.nan,
            "std": float(used.std(unbiased=False)) if used.numel() else math.nan,
            "fan_in": int(flat[0].numel()) if flat.ndim >= 2 else 0,
            "constant": not nonfinite and bool(low == high),
            "identical_rows": rows is not None
            and len(rows) > 1
            and not nonfinite
            and bool((rows == rows[:1]).all()),
            "nonfinite": nonfinite,
        }


def _group(group: Mapping[str, object]) -> OptimizerGroup:
    momentum = group.get("momentum", 0.0)
    betas = group.get("betas")
    if not isinstance(momentum, int | float) or (momentum == 0 and isinstance(betas, tuple | list) and betas):
        momentum = betas[0] if isinstance(betas, tuple | list) else 0.0
    parameters = group["params"]
    return OptimizerGroup(
        lr=_number(group.get("lr", 0.0)),
        weight_decay=_number(group.get("weight_decay", 0.0)),
        momentum=_number(momentum),
        parameters=len(parameters) if isinstance(parameters, list) else 0,
    )


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float | Tensor) else 0.0


def _settings_of(loss: object) -> dict[str, object]:
    """Return attributes of a loss module, or keywords and defaults of a function."""
    if loss is None:
        return {}
    if isinstance(loss, nn.Module):
        keys = ("reduction", "ignore_index", "label_smoothing", "weight", "pos_weight", "blank")
        return {key: getattr(loss, key) for key in keys if hasattr(loss, key)}
    function = getattr(loss, "func", loss)
    settings: dict[str, object] = {}
    try:
        signature = inspect.signature(function)  # type: ignore[arg-type] # what is not callable raises TypeError
        settings = {name: p.default for name, p in signature.parameters.items() if p.default is not p.empty}
    except (TypeError, ValueError):
        pass
    return settings | dict(getattr(loss, "keywords", None) or {})


def _blank(loss: object, settings: Mapping[str, object]) -> int:
    blank = settings.get("blank", 0)
    is_ctc = isinstance(loss, nn.CTCLoss) or loss_name(loss) == "ctc_loss"
    return blank if is_ctc and isinstance(blank, int) else -1
