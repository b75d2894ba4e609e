"""What must hold between keys of an experiment file; looked at even when single keys are wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cnndoctor.config.document import Document
from cnndoctor.config.model import Fields
from cnndoctor.config.near import near_name
from cnndoctor.config.node import Node, shown, walk
from cnndoctor.config.target import TargetSyntaxError, parse_target, target_refusal
from cnndoctor.errors import Problem


def broken_rules(tree: Mapping[object, object], document: Document) -> tuple[Problem, ...]:
    """Return every rule that the tree (with its nodes read) breaks."""
    return (
        *_schedule(tree, document),
        *_sources(tree, document),
        *_objective(tree, document),
        *_loader(tree, document),
        *_range(tree, document),
        *_targets(tree, document),
    )


def _schedule(tree: Mapping[object, object], document: Document) -> Iterator[Problem]:
    train = tree.get("train")
    if not isinstance(train, dict):
        return
    epochs, steps = train.get("epochs"), train.get("steps")
    if epochs is not None and steps is not None:
        yield document.problem("train.steps", "'train' has both 'epochs' and 'steps'.", "Keep one of them.")
    near_miss = any(
        str(name).startswith(("epoch", "step")) and name not in ("epochs", "steps") for name in train
    )
    if epochs is None and steps is None and not near_miss:
        yield document.problem(
            "train", "'train' says neither 'epochs' nor 'steps'.", "Add for example epochs: 10."
        )


def _sources(tree: Mapping[object, object], document: Document) -> Iterator[Problem]:
    data = tree.get("data")
    if not isinstance(data, dict):
        return
    if data.get("train") is None and data.get("train_loader") is None:
        hint = "Name a dataset by 'train', or a finished loader by 'train_loader'."
        yield document.problem("data", "'data' has no training data.", hint)
    if data.get("train") is not None and data.get("train_loader") is not None:
        message = "'data' has both 'train' and 'train_loader'."
        yield document.problem("data.train_loader", message, "Keep the dataset or the finished loader.")
    if data.get("validation") is not None and isinstance(data.get("validation_loader"), Node):
        message = "'data' has both 'validation' and a finished 'validation_loader'."
        yield document.problem("data.validation_loader", message, "Keep the dataset or the finished loader.")


def _objective(tree: Mapping[object, object], document: Document) -> Iterator[Problem]:
    meant = (near_name(str(name), Fields.model_fields) for name in tree if name not in Fields.model_fields)
    if tree.get("loss") is None and tree.get("step") is None and not {"loss", "step"} & set(meant):
        hint = "Add for example loss: {_target_: torch.nn.CrossEntropyLoss}, or a 'step' that computes it."
        yield document.problem("loss", "'loss' is missing.", hint)


def _loader(tree: Mapping[object, object], document: Document) -> Iterator[Problem]:
    data = tree.get("data")
    for section in ("loader", "validation_loader"):
        arguments = data.get(section) if isinstance(data, dict) else None
        if not isinstance(arguments, dict):
            continue
        for name, least in (("batch_size", 1), ("num_workers", 0)):
            value = arguments.get(name)
            whole = isinstance(value, int) and not isinstance(value, bool)
            if value is None and (name == "batch_size" or name not in arguments):
                continue
            if not whole or (isinstance(value, int) and value < least):
                key = f"data.{section}.{name}"
                yield document.problem(
                    key, f"'{key}' must be a whole number of at least {least}, not {shown(value)}."
                )
        if "dataset" in arguments:
            key = f"data.{section}.dataset"
            yield document.problem(
                key, f"'{key}' comes from 'data.train' and 'data.validation'.", "Remove it."
            )


def _range(tree: Mapping[object, object], document: Document) -> Iterator[Problem]:
    stages = tree.get("stages")
    knobs = stages.get("lr_range") if isinstance(stages, dict) else None
    if not isinstance(knobs, dict):
        return
    start, end = knobs.get("start"), knobs.get("end")
    if isinstance(start, int | float) and isinstance(end, int | float) and start >= end:
        message = f"'stages.lr_range.start' must be below 'end'; {start:g} is not below {end:g}."
        yield document.problem("stages.lr_range.start", message)


def _targets(tree: Mapping[object, object], document: Document) -> Iterator[Problem]:
    for node in walk(tree):
        if node.target:
            yield from _target(node, document)


def _target(node: Node, document: Document) -> Iterator[Problem]:
    try:
        target = parse_target(node.target)
    except TargetSyntaxError as error:
        hint = "Write package.module.Name, package.module:Name or path/to/file.py:Name."
        yield document.problem(target_key(node, document), f"{error}.", hint)
        return
    reason = target_refusal(target)
    if reason:
        message = f"'{node.target}' is refused as a target: {reason}."
        hint = "Wrap what you need in a function of your own."
        yield document.problem(target_key(node, document), message, hint)


def target_key(node: Node, document: Document) -> str:
    """Return the path of the key that names a node's target, however it is spelled."""
    spellings = (f"{node.key}.{name}" for name in ("_target_", "class_path", "_component_"))
    return next((key for key in spellings if key in document.lines), node.key)
