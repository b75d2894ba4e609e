"""Promises of the tiny subset."""

from collections import Counter

import torch
from torch.utils.data import BatchSampler, DataLoader, IterableDataset, TensorDataset, WeightedRandomSampler

from cnndoctor.overfitting.subset import label_of, tiny_subset
from cnndoctor.patient.batches import Members


class Streamed(IterableDataset[object]):
    def __init__(self, samples):
        self.samples = samples

    def __iter__(self):
        return iter(self.samples)


def samples(labels, *, inputs=None):
    """Return one sample for each label, inputs all different unless given."""
    inputs = inputs or [torch.full((3,), float(i)) for i in range(len(labels))]
    return list(zip(inputs, labels, strict=True))


def draw(data, count=32, *, classes=0, **loader):
    """Draw a subset with a loader of small batches, always in the same order."""
    torch.manual_seed(0)
    return tiny_subset(
        DataLoader(data, **({"batch_size": 8, "shuffle": True} | loader)), Members(), count, classes=classes
    )


def test_classes_are_drawn_evenly_however_rare():
    """Nine in ten samples are of one class; the subset does not show it."""
    subset = draw(samples([0] * 900 + [1] * 60 + [2] * 40), 30, classes=3)
    assert Counter(subset.batch[1].tolist()) == {0: 10, 1: 10, 2: 10}
    assert (subset.samples, subset.classes, subset.reachable) == (30, 3, 1.0)


def test_many_classes_get_two_samples_each():
    """The subset grows so that each class has two, up to 128."""
    subset = draw(samples([i % 50 for i in range(500)]), classes=50)
    assert subset.samples == 100
    assert set(Counter(subset.batch[1].tolist()).values()) == {2}


def test_the_same_seed_draws_the_same():
    """Two draws from one seed are equal to the bit."""
    data = samples([i % 4 for i in range(200)])
    first, second = draw(data), draw(data)
    assert torch.equal(first.batch[0], second.batch[0])
    assert torch.equal(first.batch[1], second.batch[1])


def test_repeated_inputs_are_left_out():
    """An input that comes again, with another label, would make the goal impossible."""
    inputs = [torch.full((3,), float(i // 2)) for i in range(80)]
    subset = draw(samples([i % 2 for i in range(80)], inputs=inputs))
    assert len({tuple(row.tolist()) for row in subset.batch[0]}) == subset.samples == 32
    assert subset.reachable == 1.0


def test_constant_inputs_lower_what_is_reachable():
    """Where all inputs are equal there is nothing else to draw, and it is said."""
    subset = draw(samples([i % 4 for i in range(64)], inputs=[torch.zeros(3)] * 64))
    assert subset.samples == 32
    assert subset.reachable < 0.5
    assert "repeat" in subset.note


def test_streams_and_samplers_are_read_in_their_own_order():
    """An iterable data set and a sampler with replacement give single samples too."""
    data = samples([i % 3 for i in range(90)])
    assert draw(Streamed(data), 12, shuffle=False).samples == 12
    sampler = WeightedRandomSampler([1.0] * 90, 200)
    subset = draw(data, 12, shuffle=False, sampler=sampler)
    assert len({tuple(row.tolist()) for row in subset.batch[0]}) == 12


def test_a_loader_of_unknown_make_gives_its_first_batch():
    """What is no DataLoader can only be asked for a batch."""
    batch = (torch.randn(50, 3), torch.arange(50) % 5)
    subset = tiny_subset([batch], Members(), 20)
    assert subset is not None
    assert subset.samples == len(subset.batch[0]) == 20
    assert tiny_subset([], Members(), 20) is None


class Episodes(BatchSampler):
    """Batches of three classes, four samples each, class by class."""

    def __init__(self):
        """Take nothing: the samples are named by number."""

    def __iter__(self):
        """Yield two episodes."""
        for first in (0, 3):
            yield [label + 6 * number for label in range(first, first + 3) for number in range(4)]


def test_the_batches_of_a_sampler_of_the_users_own_stay_whole():
    """An episode has a form that no other choice of samples has."""
    data = samples([i % 6 for i in range(60)])
    subset = tiny_subset(DataLoader(data, batch_sampler=Episodes()), Members(), 8)
    assert subset is not None
    assert subset.samples == 12
    assert subset.batch[1].tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]


def test_large_samples_are_fewer():
    """A subset must stay affordable: not 32 images of twelve megapixels."""
    data = TensorDataset(torch.zeros(40, 1).expand(40, 1_000_000), torch.arange(40) % 2)
    data.tensors[0].data = torch.arange(40.0).reshape(40, 1).expand(40, 1_000_000)
    assert draw(data, batch_size=4).samples == 8


def test_labels_of_every_kind():
    """Numbers, tensors, masks, several labels and quantities are told apart."""
    assert label_of(3) == label_of(torch.tensor(3)) == label_of(torch.tensor([3])) == 3
    assert label_of(torch.tensor([[0, 2], [2, 0]])) == (0, 2)
    assert label_of(torch.tensor([1.0, 0.0, 1.0])) == (1.0, 0.0, 1.0)
    assert label_of(torch.tensor([5, 7, 9])) is None
    assert label_of(torch.tensor(0.37)) is None
    assert label_of({"boxes": []}) is None
