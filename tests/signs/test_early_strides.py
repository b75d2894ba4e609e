"""Which early layer leaves too little of small images."""

from __future__ import annotations

import pytest

from cnndoctor.evidence.setup import Layer
from cnndoctor.signs.early_strides import early_stride
from tests.changed import evidence_with
from tests.stems import stem


def named(layers: tuple[Layer, ...]) -> str:
    """Return the path of the layer that is named; empty for none."""
    setup = evidence_with({"setup.layers": layers}).setup
    assert setup is not None
    found = early_stride(setup)
    return found.path if found is not None else ""


def test_the_last_layer_of_the_stem_that_shrinks() -> None:
    """A stem for large pictures leaves a quarter of each side: its pooling is named, or its convolution without one."""
    assert named(stem()) == "stem.1"
    assert named(stem(stride=4, pool=1)) == "stem.0"


@pytest.mark.parametrize(
    "layers",
    [stem(96), stem(stride=1), stem(pool=1), stem(convolutions=3), ()],
    ids=["large images", "half by pooling", "half by a stride", "few convolutions", "no images"],
)
def test_what_leaves_enough(layers: tuple[Layer, ...]) -> None:
    """Large images, half of each side, and networks of few convolutions have no such layer."""
    assert named(layers) == ""
