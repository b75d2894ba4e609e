"""A data set without its random transform: a copy, never the user's own object."""

import pytest
import torch
from torch.utils.data import Dataset, Subset

from cnndoctor.patient.augmentation import without_transform


class Pictures(Dataset[torch.Tensor]):
    def __init__(self, transform=None):
        self.transform = transform

    def __len__(self):
        return 4

    def __getitem__(self, index):
        picture = torch.full((2,), float(index))
        return picture if self.transform is None else self.transform(picture)


def test_the_copy_is_plain_and_the_original_stays() -> None:
    """The copy gives samples without the transform; the data set itself still has it."""
    data = Pictures(transform=lambda picture: picture + 100)
    plain = without_transform(data)
    assert plain is not None
    assert plain[3].tolist() == [3.0, 3.0]
    assert data[3].tolist() == [103.0, 103.0]


def test_validation_lends_its_transform() -> None:
    """Where validation prepares its samples, the copy prepares them the same way."""
    plain = without_transform(
        Pictures(transform=torch.neg), like=Pictures(transform=lambda picture: picture * 2)
    )
    assert plain is not None
    assert plain[3].tolist() == [6.0, 6.0]


def test_a_subset_keeps_its_indices() -> None:
    """A Subset of an augmented data set becomes the same Subset of the plain one."""
    plain = without_transform(Subset(Pictures(transform=torch.neg), [2, 0]))
    assert plain is not None
    assert [sample.tolist() for sample in (plain[0], plain[1])] == [[2.0, 2.0], [0.0, 0.0]]


def test_nothing_to_leave_out() -> None:
    """A data set without a transform, or with one that is off, gives None."""
    assert without_transform(Pictures()) is None
    assert without_transform([1, 2, 3]) is None


@pytest.mark.parametrize("flag", ["augment", "use_augmentation", "do_aug"])
def test_a_flag_is_switched_off(flag: str) -> None:
    """Where the data set augments by itself when told to, the copy is not told to."""

    class Flagged(Pictures):
        def __getitem__(self, index):
            return super().__getitem__(index) + (100 if getattr(self, flag) else 0)

    data = Flagged()
    setattr(data, flag, True)
    plain = without_transform(data)
    assert plain is not None
    assert plain[3].tolist() == [3.0, 3.0]
    assert data[3].tolist() == [103.0, 103.0]
    setattr(data, flag, False)
    assert without_transform(data) is None


class Listed(Pictures):
    """Keeps its transforms in a list or tuple, as many do."""

    def __init__(self, transforms=None):
        super().__init__()
        self.transforms = transforms

    def __getitem__(self, index):
        picture = super().__getitem__(index)
        for transform in self.transforms or ():
            picture = transform(picture)
        return picture


@pytest.mark.parametrize("kind", [list, tuple])
def test_a_list_of_transforms_is_emptied(kind: type) -> None:
    """The copy has none, in a list or tuple as before, so that a loop over it still runs; the data set keeps its own."""
    data = Listed(kind([torch.neg, lambda picture: picture + 100]))
    plain = without_transform(data)
    assert plain is not None
    assert plain[3].tolist() == [3.0, 3.0]
    assert plain.transforms == kind()
    assert data[3].tolist() == [97.0, 97.0]


def test_validation_lends_its_list_of_transforms() -> None:
    """What validation prepares its samples with is taken over whole, and an empty or missing list of it leaves none."""
    scale = [lambda picture: picture / 2]
    for lent, expected in ((scale, 1.5), ([], 3.0), (None, 3.0)):
        plain = without_transform(Listed([torch.neg]), like=Listed(lent))
        assert plain is not None
        assert plain[3].tolist() == [expected, expected]


@pytest.mark.parametrize("value", [[], (), ["flip", "crop"], [torch.neg, 0.5], (0.1, 0.2)])
def test_lists_of_anything_else_are_no_transforms(value: object) -> None:
    """An empty list, names and numbers of an attribute that is called so hold no transform to be left out."""
    assert without_transform(Listed(value)) is None


class Mirrored(Dataset[tuple[torch.Tensor, int]]):
    """Rows of numbers, turned around half of the time where the setting says so."""

    def __init__(self, *, mirror=None, held_out=False):
        self.mirror = mirror
        self.held_out = held_out

    def __len__(self):
        return 40

    def __getitem__(self, index):
        row = torch.arange(4.0) + index + (100 if self.held_out else 0)
        return (row.flip(0) if self.mirror and torch.rand(()) < 0.5 else row), index % 3


def test_the_setting_of_validation_that_makes_reads_settle_is_taken_over() -> None:
    """A data set that mirrors by a setting of any name is read as validation is, and draws nothing from the random stream."""
    torch.manual_seed(0)
    state = torch.get_rng_state()
    plain = without_transform(Mirrored(mirror="image"), Mirrored(held_out=True))
    assert torch.equal(torch.get_rng_state(), state)
    assert plain is not None
    assert all(plain[index][0].tolist() == [index, index + 1, index + 2, index + 3] for index in range(40))


def test_a_setting_that_gives_validations_own_data_is_no_switch() -> None:
    """Where one flag both augments and chooses the split, there is no plain training data to be had."""

    class BySplit(Mirrored):
        def __getitem__(self, index):
            self.held_out = not self.mirror
            return super().__getitem__(index)

    assert without_transform(BySplit(mirror=True), BySplit(mirror=False)) is None


def test_settings_that_change_nothing_random_are_left_alone() -> None:
    """Data that come out the same at every read have nothing to be switched off."""
    assert without_transform(Mirrored(held_out=False), Mirrored(held_out=True)) is None
