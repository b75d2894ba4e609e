"""What the experiment file says, as plain facts a check can judge and point at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentEvidence:
    """The configured experiment.

    Attributes:
        name: Name of the experiment.
        path: Config file as the user named it.
        lines: 1-based line of every dotted key of the file.
        task: classification, multilabel, segmentation, regression, ctc or custom (a step without a known task).
        task_told: Whether the file names the task (otherwise it was inferred).
        seed: The configured seed.
        device: Device the run uses, for example ``cpu`` or ``cuda:0``.
        model: Target of the model node.
        loss: Target of the loss node; empty with a step that needs none.
        optimizer: Target of the optimizer node.
        scheduler: Target of the scheduler node; empty without one.
        scheduler_interval: epoch or step; empty without a scheduler.
        scheduler_monitor: Monitored metric of a plateau scheduler; empty otherwise.
        custom_step: Whether a user's step replaces loss(model(inputs), targets).
        batch_size: Configured batch size; 0 when a finished loader hides it.
        loader_keys: Keyword arguments of ``data.loader`` that are plain values, as text.
        epochs: Planned epochs; 0 when planned in steps.
        steps: Planned optimizer steps; 0 when planned in epochs.
        precision: fp32, bf16 or fp16.
        accumulate: Batches per optimizer step.
        accumulate_normalised: Whether the loss is divided by ``accumulate``.
        clip_grad_norm: Limit of the gradient norm; 0 when off.
        early_stopping_patience: Epochs; 0 when off.
        checkpoint_every: Epochs; 0 when off.
        has_validation: Whether a validation set or loader is configured.
        intent_memorise: The user wants the data memorised.
        intent_negative_loss: A negative loss is meant.
        intent_frozen: Glob patterns of parameters that are meant not to train.
        settings: Every plain value of the file by dotted key, as text.
    """

    name: str
    path: str
    lines: Mapping[str, int]
    task: str
    task_told: bool = False
    seed: int = 0
    device: str = "cpu"
    model: str = ""
    loss: str = ""
    optimizer: str = ""
    scheduler: str = ""
    scheduler_interval: str = ""
    scheduler_monitor: str = ""
    custom_step: bool = False
    batch_size: int = 0
    loader_keys: Mapping[str, str] = field(default_factory=dict)
    epochs: int = 0
    steps: int = 0
    precision: str = "fp32"
    accumulate: int = 1
    accumulate_normalised: bool = True
    clip_grad_norm: float = 0.0
    early_stopping_patience: int = 0
    checkpoint_every: int = 0
    has_validation: bool = True
    intent_memorise: bool = False
    intent_negative_loss: bool = False
    intent_frozen: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
