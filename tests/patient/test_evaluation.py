"""What one pass over a split shows of classes and single samples."""

from __future__ import annotations

import torch

from cnndoctor.patient.confusion import MOST_CLASSES_SHOWN
from cnndoctor.patient.evaluation import bare, held_out_sample, judge
from tests.small import node, small


def test_the_worst_samples_say_how_bad_and_taken_for_what() -> None:
    """Losses fall along the worst samples, each has what it was taken for, and the mistakes are those of the matrix."""
    experiment = small()
    session = experiment.fresh()
    judged = judge(session, session.train_loader, experiment.task, split="train", names=("cat", "dog"))
    assert len(judged.worst) == len(judged.worst_losses) == len(judged.worst_taken_for) > 0
    assert list(judged.worst_losses) == sorted(judged.worst_losses, reverse=True)
    assert 2 <= len(judged.confusion) == len(judged.confusion_labels) <= MOST_CLASSES_SHOWN
    assert judged.confusion_labels[:2] == ("cat", "dog")
    assert set(judged.worst_taken_for) <= set(judged.confusion_labels)
    assert sum(map(sum, judged.confusion)) == judged.samples
    right = sum(row[index] for index, row in enumerate(judged.confusion))
    assert judged.score == right / judged.samples
    mistakes = sorted((each.count for each in judged.confusions), reverse=True)
    assert mistakes == [each.count for each in judged.confusions]
    assert sum(mistakes) == judged.samples - right


def test_numbers_alone_hold_no_samples() -> None:
    """Beside a full evaluation, a second one keeps its scores and nothing of classes or samples."""
    experiment = small()
    session = experiment.fresh()
    full = judge(session, session.train_loader, experiment.task, split="train")
    short = bare(full)
    assert (short.score, short.loss, short.samples) == (full.score, full.loss, full.samples)
    kept = (short.classes, short.worst, short.worst_losses, short.confusion, short.confusions)
    assert kept == ((),) * 5


def test_a_step_that_flattens_its_sequences_names_no_samples() -> None:
    """With five predictions a sample nobody knows which sample a loss belongs to, and the indices of samples stay whole."""
    experiment = small()
    session = experiment.fresh()

    def flattened(model, batch, loss):
        inputs, targets = batch
        outputs, targets = model(inputs).repeat_interleave(5, 0), targets.repeat_interleave(5, 0)
        return {"loss": loss(outputs, targets), "outputs": outputs, "targets": targets}

    session.step = flattened
    size = sum(len(targets) for _, targets in session.train_loader)
    judged = judge(session, session.train_loader, experiment.task, split="train", indices=range(size))
    assert judged.samples == size
    assert [*judged.worst, *judged.worst_losses, *judged.worst_taken_for] == []
    assert 0 < judged.score <= 1


def test_a_part_of_validation_is_spread_over_all_of_it() -> None:
    """Of a list sorted by class every part is seen, in order; data that cannot be read by index are read from the start."""
    experiment = small(f"data.validation={node('Blobs', size=200)}")
    session = experiment.fresh()
    seen = torch.cat([inputs for inputs, _ in held_out_sample(experiment, session, 20)])
    whole = torch.stack([experiment.validation_data[i][0] for i in range(200)])
    where = [int((whole == row).flatten(1).all(1).nonzero()[0]) for row in seen]
    assert len(where) == 20
    assert where == sorted(where)
    assert where[0] == 0
    assert where[-1] == 199


def test_a_stream_of_validation_is_read_from_its_beginning() -> None:
    """An iterable gives its first batches; without validation there is nothing."""
    streamed = small(f"data.validation={node('Stream', size=60)}")
    batches = held_out_sample(streamed, streamed.fresh(), 10)
    assert 10 <= sum(len(inputs) for inputs, _ in batches) < 60
    alone = small("data.validation=null")
    assert list(held_out_sample(alone, alone.fresh(), 10)) == []
