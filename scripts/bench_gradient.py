"""Holds the gradient check against planted wrong backwards and right ones that look odd, and says which verdicts are right.

    python scripts/bench_gradient.py --out docs/stages.md
    python scripts/bench_gradient.py --only 'wrong/*'

A wrong one is right when a tensor is called wrong and module and function are named first; a right one when nothing is
called wrong or uneasy. Exits 1 when a verdict is wrong.
"""

from __future__ import annotations

import fnmatch
import importlib.util
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from cnndoctor.config import load
from cnndoctor.context import Context
from cnndoctor.evidence import Evidence, ExperimentEvidence, FailuresEvidence, GradientEvidence
from cnndoctor.observers import Observers
from cnndoctor.opening import open_experiment
from cnndoctor.stages.gradient import run
from stages_page import write_section

NETS = Path(__file__).resolve().parent / "bench_gradient_nets.py"
ACCUSED = {"wrong", "uneasy"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the stage said of one network.

    Attributes:
        group: wrong or right.
        name: What was planted, or what looks odd.
        evidence: What the stage saw.
        path: Module that should be named; empty outside the model.
        function: Custom function that should be named; empty where there is none.
    """

    group: str
    name: str
    evidence: GradientEvidence
    path: str = ""
    function: str = ""

    @property
    def right(self) -> bool:
        """Return whether the verdict is the right one."""
        accused = [tensor for tensor in self.evidence.tensors if tensor.verdict in ACCUSED]
        if self.group == "right":
            return not accused
        if not any(tensor.verdict == "wrong" for tensor in accused) or not self.evidence.modules:
            return False
        first = self.evidence.modules[0]
        return first.path == self.path and (not self.function or self.function in first.functions)


def main(
    *,
    only: Annotated[list[str] | None, typer.Option("--only", help="Glob of group/name; repeatable.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Page whose gradient section is written.")] = None,
) -> None:
    """Examine every network, print a line for each, and write the section."""
    torch.set_num_threads(1)
    nets, verdicts = _nets(), []
    with tempfile.TemporaryDirectory() as scratch:
        for group, names in (("wrong", nets.WRONG), ("right", nets.RIGHT)):
            for name in names:
                if any(fnmatch.fnmatch(f"{group}/{name}", glob) for glob in only or ["*"]):
                    verdicts.append(_examine(nets, group, name, Path(scratch)))
                    print(_line(verdicts[-1]), flush=True)
    if out is not None:
        write_section(out, "gradient", _section(verdicts))
    if not all(verdict.right for verdict in verdicts):
        raise typer.Exit(1)


def _nets() -> Any:  # noqa: ANN401 - a module written as users write theirs
    specification = importlib.util.spec_from_file_location("bench_gradient_nets", NETS)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


def _examine(nets: Any, group: str, name: str, scratch: Path) -> Verdict:  # noqa: ANN401
    loss = nets.LOSSES.get(name)
    target = (
        f"{{_target_: '{NETS}:{loss}', _partial_: true}}" if loss else "{_target_: torch.nn.CrossEntropyLoss}"
    )
    file = scratch / "net.yaml"
    file.write_text(
        f"name: net\ndevice: cpu\ntask: classification\n"
        f"model: {{_target_: '{NETS}:build', group: {group}, name: {json.dumps(name)}}}\n"
        f"data: {{train: {{_target_: '{NETS}:pictures'}}, loader: {{batch_size: 8}}}}\nloss: {target}\n"
        "optimizer: {_target_: torch.optim.SGD, lr: 0.1}\ntrain: {epochs: 1}\nstages: {gradient: {seconds: 60}}\n",
        encoding="utf-8",
    )
    seen = Evidence(
        experiment=ExperimentEvidence(name="net", path=str(file), lines={}, task="classification"),
        failures=FailuresEvidence(),
    )
    evidence = run(Context(experiment=open_experiment(load(file)), so_far=seen, tell=Observers([]))).evidence
    assert evidence is not None
    _, path, function = nets.WRONG[name] if group == "wrong" else (None, "", "")
    return Verdict(group=group, name=name, evidence=evidence, path=path, function=function)


def _line(verdict: Verdict) -> str:
    """Return one row of the table."""
    found = verdict.evidence
    mark = "right" if verdict.right else "**WRONG**"
    accused = [tensor for tensor in found.tensors if tensor.verdict in ACCUSED]
    worst = max((tensor.error for tensor in found.tensors if tensor.verdict != "unchecked"), default=0.0)
    named = (
        ", ".join(f"{m.path or m.kind} ({', '.join(m.functions) or m.kind})" for m in found.modules[:2])
        or "–"
    )
    said = f"{len(accused)} of {len(found.tensors)} tensors" if found.checkable else "not checkable"
    left = sum(tensor.verdict == "unchecked" for tensor in found.tensors)
    said += f", {left} left out" if left else ""
    return f"| {verdict.name} | {said} | {worst:.0e} | {named} | {found.seconds:.1f} | {mark} |"


def _section(verdicts: list[Verdict]) -> str:
    head = ["| network | accused | largest error | named | seconds | verdict |", "|---|---|---|---|---|---|"]
    parts = []
    for group in ("wrong", "right"):
        rows = [verdict for verdict in verdicts if verdict.group == group]
        right = sum(verdict.right for verdict in rows)
        parts.append("\n".join([f"**{group}**: {right} of {len(rows)} right.", "", *head, *map(_line, rows)]))
    tables = "\n\n".join(parts)
    return f"""## Gradients against differences

Written by `python scripts/bench_gradient.py --out docs/stages.md`. A small network on pictures with a black border
holds one part under test. A wrong backward is found when a tensor is called wrong and module and custom function come first
by name; a right one passes when no tensor is called wrong or uneasy. *Left out* are tensors where backward and
differences disagree on purpose (straight-through, stopped gradients), or where rounding leaves nothing to compare.

{tables}"""


if __name__ == "__main__":
    typer.run(main)
