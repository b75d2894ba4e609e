"""Which experiment files a command line names (files as they stand, folders by what is in them), and what stands in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from cnndoctor.config import Config, load
from cnndoctor.errors import ConfigError, Problem, UsageError

# What makes a YAML file in a folder an experiment; other YAML may lie beside it.
_IS_EXPERIMENT = re.compile(rb"^model\s*:", re.MULTILINE)


def experiment_files(paths: Sequence[Path]) -> list[Path]:
    """Return the files meant, each once, folders replaced by the experiments below them in alphabetical order.

    Args:
        paths: Files and folders; a file is taken whatever is in it, so that a wrong one is told.

    Raises:
        UsageError: A folder holds no experiment.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.is_dir():
            found[path] = None
            continue
        inside = [file for file in sorted(path.rglob("*")) if _is_experiment(file, path)]
        if not inside:
            message = f"'{path}' holds no experiment: no .yaml or .yml file in it has a top-level 'model:'."
            raise UsageError(message)
        found.update(dict.fromkeys(inside))
    return list(found)


def _is_experiment(file: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    if hidden or file.suffix not in {".yaml", ".yml"} or not file.is_file():
        return False
    # The copy of the config in a run's folder is what was examined, not what is to be examined.
    return not (file.parent / "report.json").is_file() and bool(_IS_EXPERIMENT.search(file.read_bytes()))


def load_all(paths: Sequence[Path], overrides: Sequence[str]) -> list[Config]:
    """Read every file; the problems of all files are told together.

    Args:
        paths: Experiment files.
        overrides: ``key=value`` settings laid over each.

    Raises:
        ConfigError: With every problem of every file.
    """
    loaded: list[Config] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            loaded.append(load(path, overrides))
        except ConfigError as error:
            problems.extend(error.problems)
    if problems:
        raise ConfigError(tuple(problems))
    return loaded
