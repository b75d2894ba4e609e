"""The border around the user's code: what it raises becomes a ``UserCodeError`` that shows only the user's frames."""

from __future__ import annotations

import re
import sys
import sysconfig
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from traceback import FrameSummary, StackSummary, TracebackException
from types import TracebackType

from cnndoctor.errors import CnndoctorError, StageUnable, UserCodeError
from cnndoctor.finding import UserFailure

_OURS = Path(__file__).resolve().parent
_STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib")).resolve()
_INSTALLED = ("site-packages", "dist-packages")
# How torch hands on what was raised in a DataLoader worker or a replica: as text inside a new exception.
_FROM_WORKER = re.compile(
    r"^['\"]?Caught (\w+) in (.+?)\.\s+Original Traceback \(most recent call last\):\s*\n", re.DOTALL
)
_FRAME = re.compile(r'^ *File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<name>.+)$')
_NO_MEMORY = ("can't allocate memory", "out of memory")


@dataclass(frozen=True, slots=True)
class user_code:  # noqa: N801  (used like a function, as contextlib's own managers are)
    """Run the user's code; used as ``with user_code("forward", stage="overfit"):``.

    Any ``Exception`` and ``SystemExit`` becomes a ``UserCodeError`` with the user's frames. ``KeyboardInterrupt``, our
    own exceptions (also those of an inner ``user_code``) and ``StopIteration``, which ends an iterator, pass through.

    Attributes:
        phase: What is being done, as in ``UserFailure.phase``.
        stage: The stage that does it.

    Raises:
        UserCodeError: When the user's code raises.
        StageUnable: When memory runs out, on the device or on the host.
    """

    phase: str
    stage: str = ""

    def __enter__(self) -> None:
        """Begin to watch."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Turn what was raised into our own exception."""
        if error is None:
            return
        if not isinstance(error, Exception | SystemExit) or isinstance(error, CnndoctorError | StopIteration):
            return
        if is_out_of_memory(error):
            said = _first_line(_text(error)) or type(error).__name__
            message = f"memory ran out during {self.phase}: {said} Try a smaller batch size."
            raise StageUnable(message) from error
        raise UserCodeError(failure_of(error, self.phase, self.stage)) from error


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an exception says that the device or the host has no memory left."""
    torch = sys.modules.get("torch")
    if isinstance(error, MemoryError) or (torch is not None and isinstance(error, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(words in _text(error) for words in _NO_MEMORY)


def failure_of(error: BaseException, phase: str, stage: str = "") -> UserFailure:
    """Return the record of an exception out of the user's code.

    Args:
        error: What was raised.
        phase: What was being done.
        stage: The stage that did it.

    Returns:
        Type and message as raised (in a DataLoader worker, as raised there) with the user's frames. Without any frame
        of the user's, those of other libraries stay, except torch's, the standard library's and ours.
    """
    text = _text(error)
    worker = _FROM_WORKER.match(text)
    if worker is not None:
        return _worker_failure(text[worker.end() :], worker, phase, stage)
    told = TracebackException.from_exception(error, compact=True)
    place = _innermost(told)
    kind, message = type(error).__name__, _first_line(text)
    if isinstance(error, SystemExit):
        message = f"the code called sys.exit({error.code!r})"
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        place, message = (error.filename, error.lineno), error.msg
    _trim(told, _choice(_frames(told)))
    return UserFailure(
        phase=phase,
        type=kind,
        message=message,
        traceback="".join(told.format()).rstrip(),
        file=place[0],
        line=place[1],
        stage=stage,
    )


def is_users(file: str) -> bool:
    """Return whether a source file is the user's own: not ours, not installed, not the standard library's."""
    return not _is_machinery(file) and not any(part in Path(file).parts for part in _INSTALLED)


def _is_machinery(file: str) -> bool:
    """Return whether a file is cnndoctor, torch, the standard library or made up (``<frozen importlib>``)."""
    if file.startswith("<"):
        return True
    path = Path(file)
    installed = next((path.parts.index(part) for part in _INSTALLED if part in path.parts), None)
    if installed is not None and path.parts[installed + 1 : installed + 2] == ("torch",):
        return True
    in_library = path.is_relative_to(_STANDARD_LIBRARY) and installed is None
    return path.is_relative_to(_OURS) or in_library


def _choice(files: Iterable[str]) -> Callable[[str], bool]:
    """Return which frames to keep: the user's, or without any those of libraries that are not machinery."""
    if any(is_users(file) for file in files):
        return is_users
    return lambda file: not _is_machinery(file)


def _frames(told: TracebackException) -> list[str]:
    """Return the files of all frames of an exception and of those that led to it."""
    files = [frame.filename for frame in told.stack]
    for before in (told.__cause__, told.__context__):
        if before is not None:
            files += _frames(before)
    return files


def _trim(told: TracebackException, keep: Callable[[str], bool]) -> None:
    told.stack = StackSummary.from_list([frame for frame in told.stack if keep(frame.filename)])
    for before in (told.__cause__, told.__context__):
        if before is not None:
            _trim(before, keep)


def _innermost(told: TracebackException) -> tuple[str, int]:
    """Return file and line of the innermost frame of the user's."""
    for frame in reversed(told.stack):
        if is_users(frame.filename):
            return frame.filename, frame.lineno or 0
    return "", 0


def _worker_failure(text: str, worker: re.Match[str], phase: str, stage: str) -> UserFailure:
    """Read the traceback that a worker process left as text."""
    blocks, said = _blocks(text)
    keep = _choice(frame.filename for frame, _ in blocks)
    kept = [(frame, lines) for frame, lines in blocks if keep(frame.filename)]
    users = [frame for frame, _ in kept if is_users(frame.filename)]
    printed = ["Traceback (most recent call last):", *(line for _, lines in kept for line in lines), *said]
    _, _, message = (said[0] if said else "").partition(": ")
    return UserFailure(
        phase=phase,
        type=worker.group(1),
        message=message or f"raised in {worker.group(2)}",
        traceback="\n".join(printed if kept else said),
        file=users[-1].filename if users else "",
        line=(users[-1].lineno or 0) if users else 0,
        stage=stage,
    )


def _blocks(text: str) -> tuple[list[tuple[FrameSummary, list[str]]], list[str]]:
    """Split a printed traceback into its frames, each with its lines, and the last lines that say what was raised."""
    blocks: list[tuple[FrameSummary, list[str]]] = []
    said: list[str] = []
    for line in text.rstrip().splitlines():
        match = _FRAME.match(line)
        if match:
            said = []
            frame = FrameSummary(match["file"], int(match["line"]), match["name"], lookup_line=False)
            blocks.append((frame, [line]))
        elif line.startswith("    ") and blocks and not said:
            blocks[-1][1].append(line)
        else:
            said.append(line)
    return blocks, said


def _text(error: BaseException) -> str:
    """Return what an exception says; an exception of the user's may fail even at that."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001  (the user's own __str__ raised)
        return "(it cannot be printed)"


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]
