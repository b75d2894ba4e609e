"""The rivals that a training which went badly is tried with: each one deliberate difference that makes sense for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import nn

from cnndoctor.evidence.first_batch import ReshapeFact
from cnndoctor.experiment import Experiment
from cnndoctor.patient.augmentation import without_transform
from cnndoctor.patient.batches import first_tensor
from cnndoctor.patient.changes import AS_CONFIGURED, Change
from cnndoctor.patient.permuting import permutation
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.session import Session
from cnndoctor.patient.task import Task
from cnndoctor.patient.treatment import EMBEDDINGS
from cnndoctor.signs.depth import LARGE_EMBEDDING

SMALL_BATCH = 8
ADAM_LR, SGD_LR = 1e-3, 1e-2

ADAM = Change(name="adam", words="Adam at 1e-3", optimizer="adam", lr=ADAM_LR)
SGD = Change(name="sgd", words="SGD at 1e-2 with momentum 0.9", optimizer="sgd", lr=SGD_LR)
RATES = (
    Change(name="lr/10", words="a tenth of the learning rate", lr_factor=0.1),
    Change(name="lr*10", words="ten times the learning rate", lr_factor=10),
    Change(name="lr/100", words="a hundredth of the learning rate", lr_factor=0.01),
    Change(name="lr*100", words="a hundred times the learning rate", lr_factor=100),
)
INPUTS = Change(
    name="standardised-inputs", words="inputs scaled to mean 0, std 1 per channel", standardise_inputs=True
)
TARGETS = Change(
    name="standardised-targets", words="targets scaled to mean 0, std 1", standardise_targets=True
)
SCALED = Change(
    name="standardised-both",
    words="inputs and targets scaled to mean 0, std 1",
    standardise_inputs=True,
    standardise_targets=True,
)
DEFAULT_INIT = Change(name="default-init", words="PyTorch's default initialisation", default_init=True)
HE_INIT = Change(name="he-init", words="He's initialisation", he_init=True)
SMALL_EMBEDDINGS = Change(
    name="small-embeddings", words="embeddings that start with a deviation of 0.05", small_embeddings=True
)
CLIPPING = Change(name="gradient-clipping", words="gradients clipped at norm 1", clip_grad_norm=1.0)
NO_DECAY = Change(name="no-weight-decay", words="no weight decay", weight_decay_off=True)
NO_PENALTY = Change(name="no-penalty", words="without the penalty that the step reports", penalty_off=True)
NO_DROPOUT = Change(name="no-dropout", words="no dropout", dropout_off=True)
NO_SCHEDULE = Change(name="no-schedule", words="a constant learning rate", schedule_off=True)
NO_SMOOTHING = Change(name="no-label-smoothing", words="no label smoothing", label_smoothing_off=True)
FP32 = Change(name="fp32", words="full precision", fp32=True)
RELU = Change(name="relu", words="ReLU instead of sigmoid and tanh", relu=True)
SHUFFLED = Change(name="shuffled", words="training data in random order", shuffled=True)
BIGGER_BATCH = Change(name="bigger-batch", words="eight times the batch size", batch_factor=8)
PLAIN = Change(name="plain-inputs", words="no augmentation of training data", augmentation_off=True)
NO_CLIPPING = Change(name="no-clipping", words="no gradient clipping", clipping_off=True)
UNFROZEN = Change(name="unfrozen", words="all parameters trained, none frozen", unfrozen=True)
AVERAGED = Change(
    name="averaged", words="the loss divided by the number of accumulated batches", averaged=True
)
ATTACHED = Change(name="attached", words="no value taken out of the graph", attached=True)
UNSCRAMBLED, PERMUTED, FINER = "unscrambled", "permuted", "finer"
LONGER = Change(name="longer", words="three times the steps")


def rivals(
    experiment: Experiment,
    *,
    penalised: bool,
    cut: bool = False,
    scrambled: str = "",
    sorted_batches: bool = False,
    linear_chains: Sequence[str] = (),
    reshapes: Sequence[ReshapeFact] = (),
    shrinking: str = "",
) -> Iterator[Change]:
    """Yield the rivals that make sense for an experiment, the configured run first.

    Args:
        experiment: The experiment.
        penalised: Whether the user's step reports a penalty beside its loss.
        cut: Whether gradients are others because values leave the graph.
        scrambled: How inputs seem to have been reshaped; empty where they were not.
        sorted_batches: Whether batches hold fewer labels than random ones, whoever orders them.
        linear_chains: Layers with nothing non-linear between them, ``a → b → c``.
        reshapes: Views and reshapes of the forward that were seen to matter.
        shrinking: Path of an early layer that leaves little of small images; empty for none.
    """
    with preserved_randomness():
        session = experiment.fresh()
        batch = next(iter(session.train_loader), None)
    inputs = first_tensor(session.members.inputs_of(batch))
    yield AS_CONFIGURED
    if cut:
        yield ATTACHED
    if scrambled:
        yield unscrambling(scrambled)
    if swaps := permuting(reshapes):
        yield swaps
    if filled := activated(linear_chains):
        yield filled
    if shrinking:
        yield Change(name=FINER, words=f"a stride of 1 in {shrinking}", finer=shrinking)
    yield from RATES[:2]
    real = inputs is not None and inputs.is_floating_point()
    if real and not session.members.are_all_inputs(
        batch
    ):  # else another loss would be asked for, and lower is not better
        yield INPUTS
    if experiment.task is Task.REGRESSION:
        # Raw tables have both: outputs of raw inputs are far off scaled targets, and scaled inputs do not reach raw ones.
        yield from (TARGETS, SCALED) if real else (TARGETS,)
    yield from (change for change in (ADAM, SGD) if not _is_configured(session, change))
    yield from (DEFAULT_INIT, HE_INIT, CLIPPING)
    yield from _of_settings(session)
    yield from _of_model(session.model)
    splits = [
        getattr(loader, "dataset", None) for loader in (session.train_loader, session.validation_loader)
    ]
    if without_transform(*splits) is not None:
        yield PLAIN
    yield from _order(session, inputs, sorted_batches=sorted_batches)
    yield from RATES[2:]
    yield LONGER
    if penalised:
        yield NO_PENALTY


def unscrambling(way: str) -> Change:
    """Return what undoes a reshape of the inputs.

    Args:
        way: How they were reshaped, as the data stage says it.
    """
    return Change(name=UNSCRAMBLED, words="the reshape of the inputs undone", unscramble=way)


def permuting(reshapes: Sequence[ReshapeFact]) -> Change | None:
    """Return what swaps axes where the forward reshapes and scrambles; None where no permute gives the same shape.

    Args:
        reshapes: Views and reshapes of the forward.
    """
    told = [fact for fact in reshapes if fact.scrambles and not fact.mixes_batch]
    shapes = tuple(dict.fromkeys((fact.before[1:], fact.after[1:]) for fact in told))
    if not shapes or any(permutation(before, after) is None for before, after in shapes):
        return None
    words = "axes swapped by a permute where a reshape scrambles them"
    return Change(name=PERMUTED, words=words, permuted=shapes)


def activated(linear_chains: Sequence[str]) -> Change | None:
    """Return what fills the places where nothing non-linear stands; every layer but the last of a chain has one.

    Args:
        linear_chains: Layers with nothing non-linear between them, ``a → b → c``.
    """
    bare = tuple(name.strip() for chain in linear_chains for name in chain.split("→")[:-1])
    words = "ReLU behind every layer that has no activation"
    return Change(name="activated", words=words, activated=bare) if bare else None


def _of_settings(session: Session) -> Iterator[Change]:
    if any(group.get("weight_decay", 0) for group in session.optimizer.param_groups):
        yield NO_DECAY
    if session.scheduler is not None:
        yield NO_SCHEDULE
    if session.clip_grad_norm:
        yield NO_CLIPPING
    if session.accumulate > 1 and not session.accumulate_normalised:
        yield AVERAGED
    if session.precision != "fp32":
        yield FP32
    if getattr(session.loss, "label_smoothing", 0):
        yield NO_SMOOTHING


def _of_model(model: nn.Module) -> Iterator[Change]:
    tables = [module.weight for module in model.modules() if isinstance(module, EMBEDDINGS)]
    if any(weight.requires_grad and weight.std() > LARGE_EMBEDDING for weight in tables):
        yield SMALL_EMBEDDINGS
    if not all(parameter.requires_grad for parameter in model.parameters()):
        yield UNFROZEN
    if any(getattr(m, "p", 0) for m in model.modules() if "drop" in type(m).__name__.lower()):
        yield NO_DROPOUT
    if any(isinstance(m, nn.Sigmoid | nn.Tanh) for m in model.modules()):
        yield RELU


def _is_configured(session: Session, change: Change) -> bool:
    """Return whether a rival optimizer is what the experiment uses anyway."""
    group = session.optimizer.param_groups[0]
    same_kind = type(session.optimizer).__name__.lower() == change.optimizer
    same_momentum = change.optimizer != "sgd" or group.get("momentum", 0) == 0.9
    return same_kind and same_momentum and group["lr"] == change.lr and session.scheduler is None


def _order(session: Session, inputs: torch.Tensor | None, *, sorted_batches: bool) -> Iterator[Change]:
    loader = session.train_loader
    if sorted_batches or isinstance(getattr(loader, "sampler", None), torch.utils.data.SequentialSampler):
        yield SHUFFLED
    if inputs is not None and inputs.ndim and len(inputs) < SMALL_BATCH:
        yield BIGGER_BATCH
