"""Finds the name a person probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

# What other tools, and people, call the same thing.
_SYNONYMS = {
    "learning_rate": "lr",
    "lr": "learning_rate",
    "wd": "weight_decay",
    "criterion": "loss",
    "net": "model",
    "network": "model",
    "opt": "optimizer",
    "optim": "optimizer",
    "amp": "precision",
    "val": "validation",
    "valid": "validation",
    "dev": "validation",
    "dataset": "data",
    "datasets": "data",
    "dataloader": "loader",
    "workers": "num_workers",
    "batch": "batch_size",
    "grad_clip": "clip_grad_norm",
    "gradient_clip_val": "clip_grad_norm",
    "accumulate_grad_batches": "accumulate",
}


def near_name(name: str, known: Iterable[str]) -> str:
    """Return the known name nearest to ``name``, or an empty text when none is near."""
    by_plain = {_plain(candidate): candidate for candidate in known}
    synonym = _SYNONYMS.get(_plain(name), "")
    if synonym in by_plain:
        return by_plain[synonym]
    matches = get_close_matches(_plain(name), by_plain, n=1, cutoff=0.6)
    return by_plain[matches[0]] if matches else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?``, or an empty text when no name is near."""
    near = near_name(name, known)
    return f"; did you mean '{near}'?" if near else ""


def _plain(name: str) -> str:
    return name.lower().replace("-", "_").strip("_")
