"""One stage by itself: on an experiment written for the test, with nothing seen before."""

from __future__ import annotations

from pathlib import Path

from cnndoctor.config import load
from cnndoctor.context import Context, Effort
from cnndoctor.evidence import Evidence, FailuresEvidence
from cnndoctor.experiment import Experiment
from cnndoctor.observers import Observers
from cnndoctor.opening import open_experiment
from tests.healthy import healthy_experiment


def context_of(experiment: Experiment, *, effort: Effort = "standard") -> Context:
    """Return what the stage gets when no other ran before it.

    Args:
        experiment: What is examined.
        effort: smoke, standard or thorough.
    """
    so_far = Evidence(experiment=healthy_experiment(), failures=FailuresEvidence())
    return Context(experiment=experiment, so_far=so_far, tell=Observers(), effort=effort)


def written(folder: Path, text: str) -> Experiment:
    """Write an experiment file and open it.

    Args:
        folder: Where to, for example ``tmp_path``.
        text: The whole file, YAML.
    """
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return open_experiment(load(path))
