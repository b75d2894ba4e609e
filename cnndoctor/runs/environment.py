"""Where an examination ran: versions, device, git commit; what a reader needs to run it again."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import numpy as np
import torch

from cnndoctor import __version__
from cnndoctor.finding import Value


def describe_environment(folder: Path, device: torch.device | None) -> dict[str, Value]:
    """Return versions, device and git state as flat values.

    Args:
        folder: Folder of the experiment file, whose git repository counts.
        device: The device in use; None when it was never found.
    """
    environment: dict[str, Value] = {
        "cnndoctor": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "platform": platform.platform(terse=True),
        "device": str(device) if device is not None else "",
        "device_name": _device_name(device),
        "threads": torch.get_num_threads(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
    }
    commit = _git(folder, "rev-parse", "HEAD")
    if commit:
        environment["git_commit"] = commit
        environment["git_changed"] = bool(_git(folder, "status", "--porcelain"))
    return environment


def _device_name(device: torch.device | None) -> str:
    if device is not None and device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return platform.processor() or platform.machine()


def _git(folder: Path, *arguments: str) -> str:
    """Return what git says; empty where there is no git or no repository."""
    try:
        said = subprocess.run(  # noqa: S603 - fixed words, no shell
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.strip() if said.returncode == 0 else ""
