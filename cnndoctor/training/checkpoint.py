"""Checkpoints: everything a run needs to go on as if it had never stopped, written whole or not at all."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from cnndoctor.errors import StageUnable
from cnndoctor.patient.session import Session

KEPT = 3  # newest checkpoints; older ones are removed
PATTERN = "epoch-*.pt"


def save_checkpoint(folder: Path, session: Session, *, epoch: int, log: Mapping[str, Any]) -> Path:
    """Write a checkpoint atomically and remove all but the newest few.

    Args:
        folder: Where checkpoints lie; made when needed.
        session: What is saved: model, optimizer, scheduler, scaler, and the random states its loaders draw from.
        epoch: Epochs done.
        log: What was recorded so far, as plain data.

    Returns:
        The file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"epoch-{epoch:05d}.pt"
    passing = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        with passing.open("wb") as file:
            torch.save({**_state(session), "epoch": epoch, "log": dict(log)}, file)
            file.flush()
            os.fsync(file.fileno())
        passing.replace(path)
    finally:
        passing.unlink(missing_ok=True)
    for old in sorted(folder.glob(PATTERN))[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


def load_checkpoint(folder: Path, session: Session) -> tuple[int, dict[str, Any]]:
    """Put a session into the state of the newest readable checkpoint.

    Args:
        folder: Where checkpoints lie.
        session: A fresh session of the same experiment; changed in place.

    Returns:
        Epochs done, and what was recorded until then.

    Raises:
        StageUnable: No checkpoint there fits this experiment.
    """
    problems = []
    for path in sorted(folder.glob(PATTERN), reverse=True):
        try:
            # The file is the user's own run; optimizers and schedulers keep objects that weights_only refuses.
            state = torch.load(path, map_location=session.device, weights_only=False)
            _restore(session, state)
        except Exception as error:  # noqa: BLE001 - a damaged file is passed over, an older one may be whole
            problems.append(
                f"{path.name}: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            )
            continue
        return int(state["epoch"]), dict(state["log"])
    reason = "; ".join(problems) or "there is none"
    raise StageUnable(f"no checkpoint in {folder} can be resumed from ({reason})")


def _state(session: Session) -> dict[str, Any]:
    return {
        "model": session.model.state_dict(),
        "optimizer": session.optimizer.state_dict(),
        "scheduler": session.scheduler.state_dict() if hasattr(session.scheduler, "state_dict") else None,
        "scaler": session.scaler.state_dict(),
        "random": {
            "python": random.getstate(),
            "numpy": np.random.get_state(),  # noqa: NPY002 - the user's code may draw from the global generator
            "torch": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state_all() if session.device.type == "cuda" else [],
            "loaders": [generator.get_state() for generator in _generators(session)],
        },
    }


def _restore(session: Session, state: Mapping[str, Any]) -> None:
    session.model.load_state_dict(state["model"])
    session.optimizer.load_state_dict(state["optimizer"])
    if state["scheduler"] is not None and session.scheduler is not None:
        session.scheduler.load_state_dict(state["scheduler"])
    session.scaler.load_state_dict(state["scaler"])
    drawn = state["random"]
    random.setstate(drawn["python"])
    np.random.set_state(drawn["numpy"])  # noqa: NPY002
    torch.set_rng_state(drawn["torch"].cpu())
    if drawn["cuda"] and torch.cuda.is_available():
        torch.cuda.set_rng_state_all([kept.cpu() for kept in drawn["cuda"]])
    for generator, kept in zip(_generators(session), drawn["loaders"], strict=True):
        generator.set_state(kept.cpu())


def _generators(session: Session) -> list[torch.Generator]:
    """Return the generators that the loaders, their samplers and data sets own, each once and in a fixed order."""
    found: list[torch.Generator] = []
    for loader in (session.train_loader, session.validation_loader):
        found += _generators_of(loader, ("", "sampler", "batch_sampler", "dataset"))
    return list({id(generator): generator for generator in found}.values())


def _generators_of(loader: Iterable[Any] | None, places: tuple[str, ...]) -> list[torch.Generator]:
    owners = [getattr(loader, place, None) if place else loader for place in places]
    generators = [getattr(owner, "generator", None) for owner in owners]
    return [generator for generator in generators if isinstance(generator, torch.Generator)]
