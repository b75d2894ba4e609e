"""The data stage: one bounded pass over each split, as the model would get it."""

from __future__ import annotations

import time
from dataclasses import replace

from cnndoctor.context import Context, Seen
from cnndoctor.errors import UserCodeError
from cnndoctor.evidence.data import DataEvidence, InputTensor, SimpleBaseline, Split
from cnndoctor.finding import UserFailure
from cnndoctor.patient.randomness import seed_everything
from cnndoctor.patient.task import Task
from cnndoctor.survey.appearance import Appearance
from cnndoctor.survey.baseline import Kept, simple_baseline
from cnndoctor.survey.copies import Fingerprints
from cnndoctor.survey.gallery import histogram_text, labels_caption, picture
from cnndoctor.survey.labels import LabelTally
from cnndoctor.survey.one_pass import Pass
from cnndoctor.survey.plain import PlainReads
from cnndoctor.survey.seen_split import described
from cnndoctor.survey.shared import as_wholes, reads_without_transform, shared_samples
from cnndoctor.survey.source import Source, source_of

SMOKE_SAMPLES = 2_000
SMOKE_SECONDS = 5.0
TOLD_TENSORS = 4  # by name and shape in the note of the stage


def run(context: Context) -> Seen[DataEvidence]:
    """Read both splits once, within the budget, and describe them.

    Args:
        context: The experiment, the evidence so far and whom to tell.

    Returns:
        The evidence; none, and the first failure, when nothing could be read from the training split.
    """
    experiment, start = context.experiment, time.monotonic()
    seed_everything(experiment.seed)
    failures: list[UserFailure] = []
    train_source = source_of("train", experiment.train_loader(), experiment.train_data, experiment.members)
    try:
        train = _read(context, train_source)
    except UserCodeError as error:
        return Seen(evidence=None, failures=(replace(error.failure, phase="read train[0]", stage="data"),))
    validation = _validation(context, train, failures)
    split = described(train, failures)
    plain = reads_without_transform(train, validation) if split.random_reads else PlainReads([])
    hidden = plain.duplicates()
    split = replace(split, duplicates=hidden) if hidden.extra > split.duplicates.extra else split
    overlap = shared_samples(train, validation, plain)
    if experiment.config.step is not None:
        named = "targets" in experiment.config.data.model_fields_set
        known = experiment.config.loss is not None or named
        split, overlap = as_wholes(split, overlap, train, validation, beside_targets=known)
    evidence = DataEvidence(
        train=split,
        validation=described(validation, failures) if validation is not None else None,
        overlap=overlap,
        baseline=_baseline(train, validation),
        seconds=time.monotonic() - start,
        budget=_budget(train, validation),
    )
    _show(context, train, evidence.train)
    if validation is not None and evidence.validation is not None:
        _show(context, validation, evidence.validation)
    return Seen(evidence=evidence, failures=tuple(failures), note=_note(evidence))


def _validation(context: Context, train: Pass, failures: list[UserFailure]) -> Pass | None:
    """Read the validation split; a split that cannot be read at all is a failure, and none."""
    experiment = context.experiment
    if not experiment.has_validation:
        return None
    try:
        loader = experiment.validation_loader()
        if loader is None:
            return None
        source = source_of("validation", loader, experiment.validation_data, experiment.members)
        return _read(context, source, against=train)
    except UserCodeError as error:
        failures.append(replace(error.failure, stage="data"))
        return None


def _read(context: Context, source: Source, *, against: Pass | None = None) -> Pass:
    """Read a split within the budget."""
    task = context.experiment.task
    setup = context.so_far.setup
    knobs = context.experiment.config.stages.data
    most, seconds = knobs.max_samples, knobs.seconds
    if context.effort == "smoke":
        most = min(most or SMOKE_SAMPLES, SMOKE_SAMPLES)
        seconds = min(seconds or SMOKE_SECONDS, SMOKE_SECONDS)
    shape = setup.output_shape if setup is not None else ()
    labels = LabelTally(
        task=task,
        classes=setup.classes if setup is not None else 0,
        ignore_index=setup.loss.ignore_index if setup is not None else None,
        output_length=shape[0] if task is Task.CTC and len(shape) == 3 else 0,
    )
    prints = Fingerprints(against=against.prints if against is not None else None)
    looks = Appearance()
    gathered = Pass(source=source, labels=labels, kept=Kept(task), prints=prints, looks=looks)
    total = min(source.size, most) if source.size and most else source.size or most
    for chunk in source.chunks(most, seconds):
        gathered.take(chunk)
        context.tell.progress(gathered.examined, total, f"reading {source.name} samples")
    tried = gathered.examined + len(source.broken)
    gathered.cut = tried < source.size or (not source.size and tried == most)
    return gathered


def _baseline(train: Pass, validation: Pass | None) -> SimpleBaseline:
    return simple_baseline(train.kept, validation.kept if validation is not None else None)


def _budget(train: Pass, validation: Pass | None) -> str:
    """Say in words what was cut."""
    cuts = [
        f"{split.examined:,} of {split.source.size or 'unknown':,} {split.source.name} samples"
        if split.source.size
        else f"the first {split.examined:,} {split.source.name} samples"
        for split in (train, validation)
        if split is not None and split.cut
    ]
    return f"examined {' and '.join(cuts)}" if cuts else ""


def _note(evidence: DataEvidence) -> str:
    """Say how much was read and what shape an input has; a budget that cut the pass says the first in its own words."""
    splits = [split for split in (evidence.train, evidence.validation) if split is not None]
    read = " and ".join(f"{split.examined:,} {split.name}" for split in splits)
    if evidence.train.tensors:
        named = [f"{one.name} {_shape_of(one)}".strip() for one in evidence.train.tensors[:TOLD_TENSORS]]
        more = len(evidence.train.tensors) - len(named)
        named += [f"{more} more"] if more else []
        return f"{evidence.budget or f'read {read} samples'}, inputs {', '.join(named)}"
    shapes = evidence.train.inputs.shapes
    shape = max(shapes, key=lambda name: shapes[name]) if shapes else ""  # empty for single numbers, too
    return (evidence.budget or f"read {read} samples") + (f", inputs of shape {shape}" if shape else "")


def _shape_of(one: InputTensor) -> str:
    return "x".join(map(str, one.facts.common_shape))


def _show(context: Context, gathered: Pass, split: Split) -> None:
    names = context.so_far.setup.class_names if context.so_far.setup is not None else ()
    pixels = picture([image for image, _ in gathered.pictured])
    if pixels is not None:
        caption = labels_caption([label for _, label in gathered.pictured], names)
        context.tell.image(f"{split.name}/samples", pixels, 0, caption)
    text = histogram_text(split, names)
    if text:
        context.tell.text(f"{split.name}/labels", text)
