"""A TensorBoard event file that is written in place: no thread, a buffer, and checksums from a table.

TensorBoard's own writer hands every event to a thread that computes the checksum byte by byte in Python and takes turns with
the training for the interpreter: on a small model a point of a curve cost as much as half a step.
"""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

_FLUSH_SECONDS = 10.0  # who watches a run live sees a point at most so late
_POLYNOMIAL = 0x82F63B78  # CRC-32C, reflected (RFC 3720, appendix B.4)
_CHUNK = 256  # bytes taken at once: a table of a quarter of a megabyte
_SHORT = 32  # bytes that a plain loop is faster with
_FROM_END = np.arange(_CHUNK - 1, -1, -1)
_MASK = 0xA282EAD8  # added to a checksum that is stored beside its data (TensorFlow, core/lib/hash/crc32c.h)


def write_in_place(writer: SummaryWriter) -> None:
    """Let a summary writer write by itself instead of through a thread; the file that it has opened is gone on with.

    Args:
        writer: A writer that was just made; nothing was added to it.
    """
    files: Any = writer._get_file_writer()  # type: ignore[no-untyped-call]  # noqa: SLF001 - torch has no public way
    before = files.event_writer
    path = Path(before._file_name)  # noqa: SLF001 - tensorboard neither
    before.close()
    files.event_writer = EventFile(path)


class EventFile:
    """What torch's file writer asks of TensorBoard's ``EventFileWriter``."""

    def __init__(self, path: Path) -> None:
        """Go on with an event file that has its header.

        Args:
            path: The file.
        """
        self._path = path
        self._file = path.open("ab", buffering=2**16)
        self._flushed = perf_counter()

    def get_logdir(self) -> str:
        """Return the folder of the file."""
        return str(self._path.parent)

    def add_event(self, event: Any) -> None:  # noqa: ANN401 - a message of protobuf, which has no types here
        """Write one event; it reaches the disk within seconds while events come in."""
        data: bytes = event.SerializeToString()
        length = struct.pack("<Q", len(data))
        self._file.write(length + _checksum(length) + data + _checksum(data))
        if perf_counter() - self._flushed > _FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Hand everything on to the system."""
        self._file.flush()
        self._flushed = perf_counter()

    def close(self) -> None:
        """Flush and close; may be called twice."""
        self._file.close()


def crc32c(data: bytes) -> int:
    """Return the CRC-32C of some bytes.

    A checksum is linear: each byte contributes what a table holds for its distance from the end.
    """
    tables, first = _tables()
    state = 0xFFFFFFFF
    for start in range(0, len(data), _CHUNK):
        chunk = data[start : start + _CHUNK]
        if len(chunk) < _SHORT:
            for byte in chunk:
                state = first[(state ^ byte) & 0xFF] ^ (state >> 8)
            continue
        mixed = np.frombuffer(chunk, np.uint8).copy()
        mixed[:4] ^= np.frombuffer(struct.pack("<I", state), np.uint8)
        state = int(np.bitwise_xor.reduce(tables[_FROM_END[-len(chunk) :], mixed]))
    return state ^ 0xFFFFFFFF


def _checksum(data: bytes) -> bytes:
    """Return the masked checksum as the record format wants it: four bytes."""
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF)


@cache
def _tables() -> tuple[NDArray[np.uint32], tuple[int, ...]]:
    """Return [distance from the end, byte] → its contribution to the checksum, and the first row as plain numbers."""
    first: NDArray[np.uint32] = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        first = ((first >> 1) ^ (first & 1) * _POLYNOMIAL).astype(np.uint32)
    rows = [first]
    for _ in range(_CHUNK - 1):
        rows.append((rows[-1] >> 8) ^ first[rows[-1] & 0xFF])
    return np.stack(rows), tuple(first.tolist())
