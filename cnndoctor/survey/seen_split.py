"""What one pass over a split comes to: everything that was gathered, as evidence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from cnndoctor.errors import UserCodeError
from cnndoctor.evidence.data import Duplicates, ImageFacts, InputTensor, LoaderFacts, Split, TensorFacts
from cnndoctor.finding import UserFailure
from cnndoctor.patient.task import Task
from cnndoctor.survey.coincidence import equal_by_chance, levels_of
from cnndoctor.survey.layout import layout_share
from cnndoctor.survey.names import classes_of, names_of
from cnndoctor.survey.one_pass import Pass
from cnndoctor.survey.order import loader_facts
from cnndoctor.survey.prints import LARGE
from cnndoctor.survey.rereads import random_reads, random_variance, repeated_reads
from cnndoctor.survey.rewriting import rewritten

LOADER_SECONDS = 10.0  # for the batches that show an order
TOLD_BROKEN = 20  # samples that cannot be read
TOLD_ODD = 5  # of each kind of odd image


def described(gathered: Pass, failures: list[UserFailure]) -> Split:
    """Turn what was gathered into evidence; look at the loader and read some samples again.

    Args:
        gathered: The pass over the split.
        failures: Gets what the user's code raises while the loader is looked at.
    """
    source = gathered.source
    inputs, targets = gathered.inputs.facts(), gathered.targets.facts()
    again = random_reads(source, gathered.first)
    tensors = {name: seen.facts() for name, seen in gathered.tensors.items()}
    stds = {name: facts.std for name, facts in tensors.items()} or {"": inputs.std}
    drawn = random_variance(source, gathered.first, stds) if again.inputs else {}
    loader = _loader(gathered, failures)
    duplicates = gathered.prints.duplicates()
    scrambled, unscrambled_steps = gathered.scramble.found()
    images = gathered.looks.facts(labelled=gathered.labels.task is Task.CLASSIFICATION)
    levels, bits = levels_of(gathered.kept.inputs)
    told = _worth_a_name(source.broken, [inputs, *tensors.values()], targets, duplicates, images)
    return Split(
        name=source.name,
        size=source.size or (0 if gathered.cut else gathered.examined),
        examined=gathered.examined,
        cut=gathered.cut,
        map_style=source.map_style,
        inputs=inputs,
        targets=targets,
        labels=gathered.labels.facts(),
        duplicates=duplicates,
        broken=tuple(source.failures),
        broken_samples=tuple(sorted(source.broken)[:TOLD_BROKEN]),
        random_reads=again.inputs,
        random_variance=next(iter(drawn.values()), 0.0),
        rewritten=rewritten(source, gathered.first) if again.inputs == 1 else (),
        repeated_reads=repeated_reads(source, again.inputs) if source.name == "train" else None,
        loader=loader,
        names=names_of(source.dataset, told),
        random_targets=again.targets,
        classes=classes_of(source.dataset),
        images=images,
        layout_share=layout_share(gathered.kept.inputs),
        equal_by_chance=equal_by_chance(gathered.kept.inputs) if 1 < _values(gathered) < LARGE else math.nan,
        levels=levels,
        bits=bits,
        scrambled=scrambled,
        unscrambled_steps=unscrambled_steps,
        turned=gathered.turned.found(),
        own_vocabulary=gathered.numbering.by_own_frequency(),
        tensors=tuple(
            InputTensor(
                name=name,
                facts=facts,
                random_reads=again.tensors.get(name, 0.0),
                random_variance=drawn.get(name, 0.0),
            )
            for name, facts in tensors.items()
        ),
    )


def _loader(gathered: Pass, failures: list[UserFailure]) -> LoaderFacts:
    try:
        return loader_facts(gathered.source, gathered.label_by_index, seconds=LOADER_SECONDS)
    except UserCodeError as error:
        failures.append(replace(error.failure, stage="data"))
        return LoaderFacts()


def _worth_a_name(
    broken: Sequence[int],
    inputs: Sequence[TensorFacts],
    targets: TensorFacts,
    duplicates: Duplicates,
    images: ImageFacts,
) -> list[int]:
    """Return the samples that a finding may name, in order."""
    told = {*broken[:TOLD_BROKEN], *targets.nonfinite_samples}
    for facts in inputs:
        told.update(facts.nonfinite_samples, facts.constant_samples)
    for odd in images.odd:
        told.update(odd.samples[:TOLD_ODD])
    for pair in (*duplicates.examples, *duplicates.conflicting_examples):
        told.update(pair)
    return sorted(told)


def _values(gathered: Pass) -> int:
    """Return how many numbers an input has; 0 where none was kept."""
    return gathered.kept.inputs[0].numel() if gathered.kept.inputs else 0
