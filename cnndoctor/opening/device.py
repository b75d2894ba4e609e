"""The device that an experiment runs on."""

from __future__ import annotations

import torch

from cnndoctor.config import Config
from cnndoctor.config.refusal import refusal


def find_device(config: Config, name: str, *, told: str = "") -> torch.device:
    """Return the device of this name; ``auto`` takes CUDA, then MPS, then the CPU.

    Args:
        config: Whose key ``device`` is to blame.
        name: auto, cpu, cuda, cuda:1 or mps.
        told: Where the name stands instead, for example ``--device``.

    Raises:
        ConfigError: The device is not on this machine.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    hint = "Use `device: auto`, or `--device cpu`."
    told = told and f"{told} {name}"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        message = f"'{name}' is no device; write auto, cpu, cuda, cuda:1 or mps."
        raise refusal(config, "device", message, told=told) from error
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).strip().splitlines()[0].rstrip(".")
        message = f"device '{name}' is not available here ({reason})."
        raise refusal(config, "device", message, hint, told=told) from error
    return device
