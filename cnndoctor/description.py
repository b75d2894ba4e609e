"""Describes a config as plain evidence: what the experiment file says, with the line of every key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cnndoctor.config import Config, Node
from cnndoctor.evidence import ExperimentEvidence

MOST_SETTINGS = 500
LONGEST_SETTING = 200  # characters


def describe(config: Config, *, task: str, device: str, seed: int) -> ExperimentEvidence:
    """Return the experiment as a check sees it.

    Args:
        config: The experiment file.
        task: The task, as told or inferred.
        device: The device in use.
        seed: The seed in use.
    """
    train, data, scheduler = config.train, config.data, config.scheduler
    plain_loader = {name: str(value) for name, value in data.loader.items() if not isinstance(value, Node)}
    batch_size = data.loader.get(
        "batch_size", 0 if data.train_loader or "batch_sampler" in data.loader else 1
    )
    return ExperimentEvidence(
        name=config.name,
        path=str(config.path),
        lines={key: line for key, (line, _) in config.lines.items()},
        task=task,
        task_told=config.task != "auto",
        seed=seed,
        device=device,
        model=config.model.target,
        loss=config.loss.target if config.loss else "",
        optimizer=config.optimizer.target,
        scheduler=scheduler.node.target if scheduler else "",
        scheduler_interval=scheduler.interval if scheduler else "",
        scheduler_monitor=(scheduler.monitor or "") if scheduler else "",
        custom_step=config.step is not None,
        batch_size=batch_size if isinstance(batch_size, int) else 0,
        loader_keys=plain_loader,
        epochs=train.epochs or 0,
        steps=train.steps or 0,
        precision=train.precision,
        accumulate=train.accumulate.steps,
        accumulate_normalised=train.accumulate.normalise,
        clip_grad_norm=train.clip_grad_norm or 0.0,
        early_stopping_patience=train.early_stopping.patience if train.early_stopping else 0,
        checkpoint_every=train.checkpoint_every or 0,
        has_validation=data.validation is not None or isinstance(data.validation_loader, Node),
        intent_memorise=config.intent.memorise,
        intent_negative_loss=config.intent.negative_loss,
        intent_frozen=config.intent.frozen,
        settings=dict(list(_leaves(config.document.tree, ""))[:MOST_SETTINGS]),
    )


def _leaves(value: object, key: str) -> Iterator[tuple[str, str]]:
    """Yield every plain value of the file by dotted key, as text."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from _leaves(member, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _leaves(member, f"{key}.{index}")
    else:
        yield key, str(value)[:LONGEST_SETTING]
