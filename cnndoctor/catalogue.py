"""Every check, found by walking ``cnndoctor/checks``, and the page that explains one."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path

from cnndoctor import checks as checks_package
from cnndoctor.check import Check
from cnndoctor.errors import UsageError


@cache
def all_checks() -> tuple[Check, ...]:
    """Return every check, ordered by family and id."""
    found = [_check_of(name) for name in _module_names()]
    return tuple(sorted(found, key=lambda check: (check.family, check.id)))


def by_id(check_id: str) -> Check:
    """Return one check.

    Raises:
        UsageError: No check has this id; the message names the nearest.
    """
    names = {name.rpartition(".")[2].replace("_", "-"): name for name in _module_names()}
    if check_id in names:  # the file's name is the id, so the other files need not be read
        return _check_of(names[check_id])
    import difflib

    near = difflib.get_close_matches(check_id, names, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'?" if near else "'cnndoctor checks' lists them all."
    message = f"no check is called '{check_id}'; {hint}"
    raise UsageError(message)


def _module_names() -> list[str]:
    """Return the modules of the checks: a folder is a family, a file a check."""
    home = checks_package.__name__
    families = [module.name for module in pkgutil.iter_modules(checks_package.__path__) if module.ispkg]
    folders = {family: [str(Path(path) / family) for path in checks_package.__path__] for family in families}
    return [
        f"{home}.{family}.{module.name}"
        for family, folder in folders.items()
        for module in pkgutil.iter_modules(folder)
        if not module.ispkg
    ]


def _check_of(module_name: str) -> Check:
    module = importlib.import_module(module_name)
    found = [value for value in vars(module).values() if isinstance(value, Check)]
    if len(found) != 1:
        message = f"{module_name} must hold exactly one check, not {len(found)}"
        raise TypeError(message)
    return found[0]
