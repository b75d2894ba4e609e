"""Which members of a batch are inputs and targets is known when an experiment is opened."""

from __future__ import annotations

import pytest

from cnndoctor.errors import ConfigError
from tests.small import small


def test_a_step_is_refused_a_member_that_no_batch_has() -> None:
    """A step would never miss it, and what is looked at would be nothing: the key and what there is are told at once."""
    with pytest.raises(ConfigError, match=r"data\.inputs names 'pixels', but a batch has no names"):
        small("step={_target_: torch.nn.functional.mse_loss, _partial_: true}", "data.inputs=pixels")
