"""The border around user code shows the user's frames and nothing of the machinery."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch.utils.data import DataLoader

from cnndoctor.errors import StageUnable, UserCodeError
from cnndoctor.finding import UserFailure
from cnndoctor.user_code import user_code

SOURCE = """\
import sys
import torch

def inner(value):
    raise ValueError(f"bad value {value}\\nsecond line")

def outer():
    inner(3)

def mismatch():
    return torch.nn.Linear(3, 2)(torch.zeros(1, 4))

def chained():
    try:
        inner(4)
    except ValueError as error:
        raise KeyError("no label") from error

def leaves():
    sys.exit(2)

class Broken(torch.utils.data.Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return inner(index)
"""


@pytest.fixture
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module of the user's, outside our package."""
    path = tmp_path / "users_module.py"
    path.write_text(SOURCE)
    spec = importlib.util.spec_from_file_location("users_module", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "users_module", module)
    spec.loader.exec_module(module)
    return module


def failure(call, phase: str = "forward", stage: str = "") -> UserFailure:
    """Run a call behind the border and return the failure it becomes."""
    with pytest.raises(UserCodeError) as caught, user_code(phase, stage):
        call()
    return caught.value.failure


def test_says_phase_stage_type_and_first_line(users):
    """A failure carries what was done, where, and the first line of what was raised."""
    told = failure(users.outer, "build model", "setup")
    assert (told.phase, told.stage, told.type, told.message) == (
        "build model",
        "setup",
        "ValueError",
        "bad value 3",
    )


def test_points_at_the_innermost_frame_of_the_user(users):
    """File and line are those of the user's own innermost frame."""
    told = failure(users.outer)
    assert (told.file, told.line) == (users.__file__, 5)


def test_traceback_has_user_frames_only(users):
    """Neither torch's frames nor ours nor this test's machinery stand in the traceback."""
    told = failure(users.mismatch)
    assert "users_module.py" in told.traceback
    assert "torch/nn" not in told.traceback
    assert "cnndoctor/user_code.py" not in told.traceback
    assert told.traceback.splitlines()[-1].startswith("RuntimeError: mat1 and mat2")
    assert told.line == 11


def test_without_user_frames_only_the_message_is_left():
    """An error that torch raises in our own call has no frames, no file, and its message."""
    told = failure(lambda: torch.nn.Linear(3, 2)(torch.zeros(1, 4)))
    assert "torch/nn" not in told.traceback
    assert told.message.startswith("mat1 and mat2")


def test_cause_is_kept(users):
    """What led to an exception stays in the traceback, trimmed likewise."""
    told = failure(users.chained)
    assert "ValueError: bad value 4" in told.traceback
    assert "direct cause" in told.traceback
    assert told.type == "KeyError"


def test_sys_exit_is_a_failure_of_the_user(users):
    """A script without a main guard that calls sys.exit does not end cnndoctor."""
    assert failure(users.leaves).message == "the code called sys.exit(2)"


def test_syntax_error_points_into_the_file(tmp_path):
    """A file that does not parse is named with the line at fault."""
    told = failure(lambda: compile("x = 1\ndef f(:\n", str(tmp_path / "net.py"), "exec"))
    assert (told.type, told.file, told.line) == ("SyntaxError", str(tmp_path / "net.py"), 2)


def test_worker_failure_reads_as_if_raised_here(users):
    """What a DataLoader worker raised keeps its type, message and the user's line."""
    told = failure(lambda: list(DataLoader(users.Broken(), num_workers=1)), "read train")
    assert (told.type, told.message, told.file, told.line) == ("ValueError", "bad value 0", users.__file__, 5)
    assert "torch/utils" not in told.traceback
    assert "users_module.py" in told.traceback


@pytest.mark.parametrize("kind", [KeyboardInterrupt, StopIteration, StageUnable])
def test_passes_through(kind):
    """An interrupt, the end of an iterator and our own exceptions are none of the user's faults."""
    with pytest.raises(kind), user_code("forward"):
        raise kind


def test_inner_border_wins(users):
    """The innermost border names the phase."""
    with pytest.raises(UserCodeError) as caught, user_code("outer"), user_code("inner"):
        users.outer()
    assert caught.value.failure.phase == "inner"


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried 2 GiB."),
        MemoryError(),
        RuntimeError("can't allocate memory: 9"),
    ],
)
def test_no_memory_is_no_fault_of_the_experiment(error):
    """Running out of memory says that the stage is unable, with advice."""
    with (
        pytest.raises(StageUnable, match=r"memory ran out during forward.*smaller batch"),
        user_code("forward"),
    ):
        raise error


def test_nothing_raised_nothing_changed():
    """A call that works is left alone."""
    with user_code("forward"):
        assert True
