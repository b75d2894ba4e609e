"""The small experiment that tests change to their liking."""

from __future__ import annotations

from pathlib import Path

from cnndoctor.config import load
from cnndoctor.experiment import Experiment
from cnndoctor.opening import open_experiment

DATA = Path(__file__).parent / "data"
SMALL = DATA / "small.yaml"


def small(*settings: str) -> Experiment:
    """Open the small experiment with ``key=value`` settings laid over it."""
    return open_experiment(load(SMALL, settings))


def node(name: str, **arguments: object) -> str:
    """Return a node of ``parts.py`` as YAML."""
    more = "".join(f", {key}: {str(value).lower()}" for key, value in arguments.items())
    return f'{{_target_: "parts.py:{name}"{more}}}'
