"""Reads an experiment file into a ``Config``; everything that is wrong with it is said at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError

from cnndoctor.config.complaint import complaints
from cnndoctor.config.config import Config
from cnndoctor.config.document import read_document
from cnndoctor.config.near import did_you_mean
from cnndoctor.config.node import read_nodes, walk
from cnndoctor.config.override import override
from cnndoctor.config.rules import broken_rules
from cnndoctor.config.static import target_problems
from cnndoctor.errors import ConfigError, Problem
from cnndoctor.finding import Value


def load(path: Path, overrides: Sequence[str] = ()) -> Config:
    """Read an experiment file.

    Args:
        path: The YAML file.
        overrides: ``key=value`` settings laid over the file; values are YAML.

    Returns:
        The experiment. Its targets are well formed and none is refused; whether they exist is for
        ``static_problems`` and ``factory.check`` to say, so that a saved run can be read without the user's code.

    Raises:
        ConfigError: With every problem of the file.
    """
    text = _read(path)
    document, problems = read_document(text, str(path))
    if document is None:
        raise ConfigError(problems)
    document, more = override(document, overrides)
    tree, node_problems = read_nodes(document, path.resolve().parent)
    problems = (*problems, *more, *node_problems, *broken_rules(tree, document))
    config: Config | None = None
    try:
        config = Config.model_validate(tree)
    except ValidationError as error:
        problems = (*problems, *complaints(error, document))
    nodes = tuple(walk(tree))
    if problems or config is None:
        problems = (*problems, *target_problems(nodes, document, path.resolve().parent))
        raise ConfigError(_in_order(problems))
    return config.placed(document, path, nodes, tuple(overrides))


def static_problems(config: Config) -> tuple[Problem, ...]:
    """Return what is wrong with the targets as far as it shows without importing the user's code or torch."""
    return _in_order(target_problems(config.nodes, config.document, config.folder))


def validate_check_names(config: Config, known: Mapping[str, Mapping[str, Value]]) -> None:
    """Hold what stands under ``thresholds`` and ``ignore`` against the catalogue.

    Args:
        config: The experiment.
        known: The thresholds of every check, each with its default.

    Raises:
        ConfigError: With one problem for each unknown check, unknown threshold, and value of another kind than the default.
    """
    problems = tuple(
        config.problem(
            f"{section}.{check}",
            f"unknown check '{check}' in '{section}'{did_you_mean(check, tuple(known)) or '.'}",
            "`cnndoctor checks` lists all of them.",
        )
        for section, checks in (("thresholds", config.thresholds), ("ignore", config.ignore))
        for check in checks
        if check not in known
    )
    for check, thresholds in config.thresholds.items():
        if check in known:
            problems += tuple(_threshold_problems(config, check, thresholds, known[check]))
    if problems:
        raise ConfigError(_in_order(problems))


def _threshold_problems(
    config: Config, check: str, thresholds: Mapping[str, Value], known: Mapping[str, Value]
) -> Iterator[Problem]:
    for name, value in thresholds.items():
        key = f"thresholds.{check}.{name}"
        if name not in known:
            listed = f"It has: {', '.join(known)}." if known else "It has none."
            near = did_you_mean(name, tuple(known))
            yield config.problem(
                key, f"'{check}' has no threshold '{name}'{near or '.'}", "" if near else listed
            )
        elif _is_number(known[name]) != _is_number(value) or isinstance(known[name], bool) != isinstance(
            value, bool
        ):
            yield config.problem(key, f"'{key}' must be a value like {known[name]!r}, not {value!r}.")


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        message, hint = "there is no such file.", _near_file(path)
    except IsADirectoryError:
        message, hint = "this is a folder; name a YAML file in it.", ""
    except UnicodeDecodeError as error:
        message, hint = f"byte {error.start} is no UTF-8 text.", "Save the file as UTF-8."
    except OSError as error:
        message, hint = f"the file cannot be read: {error.strerror}.", ""
    raise ConfigError((Problem(message=message, hint=hint, file=str(path)),))


def _near_file(path: Path) -> str:
    if not path.parent.is_dir():
        return f"There is no folder '{path.parent}' either."
    # The ending is left out: all share it, so that it would make any two names alike.
    files = {entry.stem: entry for entry in path.parent.iterdir() if entry.suffix in {".yaml", ".yml"}}
    near = get_close_matches(path.stem, files, n=1)
    return f"Did you mean '{files[near[0]]}'?" if near else ""


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems in the order of the file, each once."""
    unique = dict.fromkeys(problems)
    return tuple(sorted(unique, key=lambda problem: (problem.line, problem.column)))
