"""The embedded digits are what they claim to be, and the split is fair."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cnndoctor.datasets import DigitsDataset, _validation_mask, digits

TRAIN_HEAD = [0, 1, 2, 3, 4, 5, 7, 8, 0, 1, 2, 3]
VALIDATION_HEAD = [6, 9, 6, 7, 9, 8, 7, 7, 0, 6, 6, 5]


def contents(dataset: DigitsDataset) -> set[bytes]:
    """Return the raw bytes of each image, to compare images exactly."""
    return {image.numpy().tobytes() for image in dataset.images}


def test_all_images_are_there() -> None:
    """The whole set has the 1,797 images of the source, with its count for each class."""
    whole = digits("all")
    assert len(whole) == 1797
    assert torch.bincount(whole.targets).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_splits_partition_the_set() -> None:
    """Training and validation share no image and together are the whole set."""
    train, validation, whole = (
        contents(digits("train")),
        contents(digits("validation")),
        contents(digits("all")),
    )
    assert not train & validation
    assert train | validation == whole


def test_split_is_stratified() -> None:
    """Each class gives about a fifth of its images to validation."""
    share = torch.bincount(digits("validation").targets) / torch.bincount(digits("all").targets)
    assert ((share > 0.19) & (share < 0.22)).all()


def test_split_is_the_same_everywhere() -> None:
    """The split does not depend on process, seed or machine: its first labels are known."""
    assert digits("train").targets[:12].tolist() == TRAIN_HEAD
    assert digits("validation").targets[:12].tolist() == VALIDATION_HEAD


def test_copies_stay_on_one_side() -> None:
    """An image and its exact copies are all for training or all for validation."""
    images = np.arange(20 * 64, dtype=np.uint16).reshape(20, 8, 8).astype(np.uint8)
    images = np.concatenate([images[:4], images[:4], images[:4]])
    mask = _validation_mask(images, np.zeros(12, dtype=np.int64))
    assert mask.any()
    assert not mask.all()
    assert (mask[:4] == mask[4:8]).all()
    assert (mask[:4] == mask[8:]).all()


def test_sample_is_a_scaled_image_and_a_label() -> None:
    """A sample is a float32 image [1, 8, 8] in [0, 1] and a plain int."""
    image, label = digits()[0]
    assert image.shape == (1, 8, 8)
    assert image.dtype == torch.float32
    assert isinstance(label, int)
    images = digits().images
    assert (images.min().item(), images.max().item()) == (0.0, 1.0)


def test_raw_pixels_on_request() -> None:
    """Without normalising, pixels are the counts 0 to 16 of the source."""
    assert digits("all", normalise=False).images.max() == 16


def test_channel_last_on_request() -> None:
    """The channel axis can come last, holding the same pixels."""
    last = digits("validation", channels_first=False)
    assert last[0][0].shape == (8, 8, 1)
    assert torch.equal(last.images.permute(0, 3, 1, 2), digits("validation").images)


def test_transform_is_applied_when_read() -> None:
    """A transform changes the sample that is read and leaves the stored images alone."""
    negative = digits("validation", transform=lambda image: 1 - image)
    assert torch.equal(negative[3][0], 1 - negative.images[3])


def test_classes_are_named() -> None:
    """Ten names, so that findings can say which digit fails."""
    assert digits().classes[7] == "seven"
    assert len(digits().classes) == 10


def test_datasets_do_not_share_memory() -> None:
    """Changing one dataset in place leaves the next one as the file has it."""
    first = digits("all")
    first.targets.zero_()
    first.images.zero_()
    assert digits("all").targets.sum() > 0
    assert digits("all").images.sum() > 0


def test_unknown_split_is_named() -> None:
    """A wrong split is refused with the splits there are and the nearest one."""
    with pytest.raises(ValueError, match=r"no split 'valid'.*Did you mean 'validation'\?"):
        digits("valid")
