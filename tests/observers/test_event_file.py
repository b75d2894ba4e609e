"""An event file that is written in place is read by TensorBoard as one of its own."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.summary.writer import record_writer

from cnndoctor.observers.event_file import _checksum, crc32c
from cnndoctor.observers.tensorboard import TensorBoardObserver


def test_the_checksum_is_the_published_one() -> None:
    """The check value of CRC-32C comes out: that of the nine digits."""
    assert crc32c(b"123456789") == 0xE3069283


@pytest.mark.parametrize("size", [0, 1, 3, 4, 8, 31, 32, 80, 255, 256, 257, 259, 260, 287, 288, 512, 1030])
def test_records_carry_the_checksum_that_tensorboard_computes(size: int) -> None:
    """Short, long and chunked data have the masked checksum of TensorBoard's own writer."""
    data = random.Random(size).randbytes(size)
    assert int.from_bytes(_checksum(data), "little") == record_writer.masked_crc32c(data)


def test_points_come_back_and_no_thread_writes_them(tmp_path: Path) -> None:
    """All points told are in the one file of the stage once it is closed, and no thread was left to write them."""
    before = threading.active_count()
    board = TensorBoardObserver(tmp_path)
    board.stage_started("train", "trains")
    for step in range(40):
        board.scalars({"loss/train": 1.0 / (step + 1), "lr": 0.1}, step)
    assert threading.active_count() == before
    board.close()
    board.close()
    (file,) = (tmp_path / "7-train").iterdir()
    read = EventAccumulator(str(file))
    read.Reload()
    assert [event.step for event in read.Scalars("loss/train")] == list(range(40))
    assert read.Scalars("lr")[-1].value == pytest.approx(0.1)
