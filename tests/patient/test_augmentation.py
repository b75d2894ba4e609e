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
