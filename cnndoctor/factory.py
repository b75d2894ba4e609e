"""Turns nodes into objects: resolves the callable a target names, binds its arguments, builds."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType

from cnndoctor.config import Config, Node, static_problems
from cnndoctor.config.near import did_you_mean, near_name
from cnndoctor.config.rules import target_key
from cnndoctor.config.target import TargetSyntaxError, parse_target, refusal, target_refusal
from cnndoctor.errors import ConfigError, Problem, UserCodeError
from cnndoctor.user_code import user_code
from cnndoctor.user_modules import TargetNotFound, find, finding_from

# Nodes that get an argument at run time, before their own: parameters, the optimizer, the dataset.
_GETS_ONE_FIRST = {
    "optimizer": "the parameters",
    "scheduler": "the optimizer",
    "data.loader.sampler": "the dataset",
    "data.loader.batch_sampler": "the dataset",
    "data.validation_loader.sampler": "the dataset",
    "data.validation_loader.batch_sampler": "the dataset",
}


def resolve(node: Node, config_dir: Path) -> object:
    """Return the object that a node's target names.

    Args:
        node: The node; its arguments do not matter here.
        config_dir: The config's folder.

    Raises:
        TargetNotFound: When a part of the target does not exist or the target is refused.
        UserCodeError: When importing the user's module raises.
    """
    try:
        target = parse_target(node.target)
    except TargetSyntaxError as error:
        raise TargetNotFound(f"{error}.") from error
    reason = target_refusal(target)
    folder = config_dir.resolve()
    if reason:
        raise TargetNotFound(f"'{node.target}' is refused as a target: {reason}.")
    with user_code(f"import {node.target}"):
        found = find(target, folder)
    reason = refusal(f"{getattr(found, '__module__', '')}.{getattr(found, '__qualname__', '')}")
    if reason and getattr(found, "__module__", "") in sys.stdlib_module_names:
        raise TargetNotFound(f"'{node.target}' is refused as a target: {reason}.")
    return found


def check(config: Config) -> tuple[Problem, ...]:
    """Import every target of an experiment and bind its arguments, without calling anything.

    Returns:
        A problem for each target that is not found or cannot be called and for each argument that does not fit; what
        the user's modules raise while they are imported is a problem with their traceback in ``source``.
    """
    problems: list[Problem] = []
    for node in config.nodes:
        problems += _check_node(node, config, supplied=_GETS_ONE_FIRST.get(node.key, ""))
    for section, arguments in (
        ("data.loader", config.data.loader),
        ("data.validation_loader", config.data.validation_loader),
    ):
        if isinstance(arguments, Mapping) and arguments:
            loader = Node(target="torch.utils.data.DataLoader", kwargs=arguments, key=section)
            problems += _check_node(loader, config, supplied="the dataset")
    return tuple(sorted(problems, key=lambda problem: (problem.line, problem.column)))


def all_problems(config: Config) -> tuple[Problem, ...]:
    """Return what shows without importing anything, and what importing adds at other places: all mistakes in one go."""
    static = static_problems(config)
    told = {(problem.line, problem.column) for problem in static}
    added = [problem for problem in check(config) if (problem.line, problem.column) not in told]
    return tuple(sorted([*static, *added], key=lambda problem: (problem.line, problem.column)))


def build(node: Node, *runtime_args: object, config_dir: Path, **runtime_kwargs: object) -> object:
    """Build what a node describes, its nested nodes first.

    Args:
        node: The node.
        runtime_args: Positional arguments before the node's own, for example the model's parameters.
        config_dir: The config's folder.
        runtime_kwargs: Keyword arguments over the node's own.

    Returns:
        What the callable returns; with ``_partial_: true`` the callable with its arguments bound, or the bare callable
        when there are none.

    Raises:
        ConfigError: When the target does not exist, is refused or cannot be called.
        UserCodeError: When the user's code raises, with phase ``build <key>``.
    """
    try:
        target = resolve(node, config_dir)
    except TargetNotFound as error:
        raise ConfigError((Problem(message=str(error), file=node.key, key=node.key),)) from error
    if not callable(target):
        message = f"'{node.target}' is {_what(target)} and cannot be called."
        raise ConfigError((Problem(message=message, file=node.key, key=node.key),))
    args = [*runtime_args, *(_built(value, config_dir) for value in node.args)]
    kwargs = {name: _built(value, config_dir) for name, value in node.kwargs.items()} | runtime_kwargs
    if node.partial:
        return functools.partial(target, *args, **kwargs) if args or kwargs else target
    with user_code(f"build {node.key}"), finding_from(config_dir.resolve(), Path.cwd()):
        return target(*args, **kwargs)


def _built(value: object, config_dir: Path) -> object:
    """Return a value with its nodes built; containers are new, so that nobody can change the config through them."""
    if isinstance(value, Node):
        return build(value, config_dir=config_dir)
    if isinstance(value, dict):
        return {name: _built(item, config_dir) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_built(item, config_dir) for item in value]
    return value


def _check_node(node: Node, config: Config, *, supplied: str) -> list[Problem]:
    """Check one node; ``supplied`` says what it gets before its own arguments, if anything."""
    place = target_key(node, config.document)
    try:
        target = resolve(node, config.folder)
    except TargetNotFound as error:
        return [config.problem(place, str(error))]
    except UserCodeError as error:
        return [_import_problem(error, node, config, place)]
    if not callable(target):
        return [config.problem(place, f"'{node.target}' is {_what(target)} and cannot be called.")]
    try:
        signature = inspect.signature(target)
    except (ValueError, TypeError):
        return []  # builtins of torch carry no signature; calling them will tell
    return list(_misfits(node, signature, target, config, supplied=supplied))


def _import_problem(error: UserCodeError, node: Node, config: Config, place: str) -> Problem:
    failure = error.failure
    where = f" in {failure.file}:{failure.line}" if failure.file else ""
    message = f"importing '{node.target}' raised {failure.type}: {failure.message}{where}."
    problem = config.problem(place, message)
    return Problem(
        message=problem.message,
        file=problem.file,
        line=problem.line,
        column=problem.column,
        key=problem.key,
        source=failure.traceback,
    )


def _misfits(
    node: Node, signature: inspect.Signature, target: Callable[..., object], config: Config, *, supplied: str
) -> Iterator[Problem]:
    """Yield every argument that does not fit the signature, each at its own line."""
    parameters = list(signature.parameters.values())
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    named = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    takes_any_name = any(p.kind is p.VAR_KEYWORD for p in parameters)
    takes_any_count = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    own = ("interval", "monitor") if node.key == "scheduler" else ()
    count = len(node.args) + bool(supplied)
    filled = {p.name for p in positional[:count]}
    callee = node.target
    if count > len(positional) and not takes_any_count:
        most = len(positional) - bool(supplied)
        message = f"'{callee}' takes {max(most, 0)} positional arguments; '_args_' has {len(node.args)}."
        if not node.args:
            message = f"'{callee}' takes no argument, and cnndoctor hands it {supplied}."
        yield config.problem(f"{node.key}._args_", message)
    for name in node.kwargs:
        if name in filled and name in named:
            by = (
                f"cnndoctor supplies it: {supplied}"
                if supplied and positional[0].name == name
                else "'_args_' gives it"
            )
            yield config.problem(
                f"{node.key}.{name}", f"'{name}' of '{callee}' is given twice; {by}.", "Remove it."
            )
        elif name not in named and not takes_any_name:
            known = [p.name for p in parameters if p.name in named and p.name not in filled]
            listed = f"It takes: {', '.join(known)}." if known else "It takes no keyword arguments."
            near = did_you_mean(name, (*known, *own))
            message = f"'{callee}' has no argument '{name}'{near or '.'}"
            yield config.problem(f"{node.key}.{name}", message, "" if near else listed)
    if not node.partial:
        yield from _missing(node, parameters, filled, target, config)


def _missing(
    node: Node,
    parameters: list[inspect.Parameter],
    filled: set[str],
    target: Callable[..., object],
    config: Config,
) -> Iterator[Problem]:
    known = [p.name for p in parameters]
    # A misspelt argument is said once, where it stands, and not as a missing one too.
    given = filled | set(node.kwargs) | {near_name(name, known) for name in node.kwargs if name not in known}
    missing = [
        p.name
        for p in parameters
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) and p.name not in given
    ]
    if not missing:
        return
    names = ", ".join(f"'{name}'" for name in missing)
    hint = ""
    if inspect.isroutine(target) and (node.key in ("loss", "step") or "." in node.key):
        hint = "A function is called to build its result; to hand on the function itself add _partial_: true."
    plural = "arguments" if len(missing) > 1 else "argument"
    yield config.problem(node.key, f"'{node.target}' needs the {plural} {names}.", hint)


def _what(value: object) -> str:
    return "a module" if isinstance(value, ModuleType) else f"of type {type(value).__name__}"
