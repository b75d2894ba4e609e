"""Holds the tiny-subset test against 60 small problems, half of them broken, and says which verdicts are right.

    python scripts/bench_overfit.py --out docs/stages.md
    python scripts/bench_overfit.py --only 'broken/*ctc*'

A healthy problem is right when nothing above a note is said; a broken one when the check speaks, and, where one change repairs
the fault, the rung that rescued it is such a change. Exits 1 when a verdict is wrong.
"""

from __future__ import annotations

import fnmatch
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import torch
import typer

from cnndoctor.catalogue import by_id
from cnndoctor.check import run as judge
from cnndoctor.config import load
from cnndoctor.context import Context
from cnndoctor.errors import UserCodeError
from cnndoctor.evidence import Evidence, ExperimentEvidence, FailuresEvidence, OverfitEvidence
from cnndoctor.finding import Severity
from cnndoctor.observers import Observers
from cnndoctor.opening import open_experiment
from cnndoctor.stages import overfit as overfit_stage
from cnndoctor.stages import setup as setup_stage
from stages_page import write_section

NETS = Path(__file__).resolve().parent / "bench_overfit_nets.py"
CHECK = "cannot-overfit-tiny-set"
CE, MSE = "torch.nn.CrossEntropyLoss", "torch.nn.MSELoss"
BCE, NLL = "torch.nn.BCEWithLogitsLoss", "torch.nn.NLLLoss"
ADAM, SGD = "torch.optim.Adam, lr: 3e-3", "torch.optim.SGD, lr: 0.05, momentum: 0.9"
RATES = ("lr/10", "lr*10", "lr/100", "lr*100")
ADAMS = ("adam-0.001", "adam-0.01", "adam-0.0003")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One experiment.

    Attributes:
        name: What it is.
        task: Kind of problem.
        model: Target and arguments; a bare name is looked for beside this script, likewise below.
        data: Target and arguments.
        loss: Target and arguments.
        optimizer: Target and arguments.
        step: Name of the training step; empty for the usual one.
        more: Further lines of the experiment file.
        rescues: Rungs that repair the fault; empty where no single change does.
    """

    name: str
    task: str
    model: str
    data: str
    loss: str = CE
    optimizer: str = ADAM
    step: str = ""
    more: str = ""
    rescues: tuple[str, ...] = ()


DIGITS, FLAT = "pictures", "pictures, flat: true"
MLP64, MLP8 = "MLP, inputs: 64, outputs: 10", "MLP, inputs: 8, outputs: 1"
ATTRIBUTES = "CNN, outputs: 4"
CTC = "torch.nn.CTCLoss"
WARM_UP = "scheduler: {_target_: torch.optim.lr_scheduler.LinearLR, start_factor: 0.01, total_iters: 100, interval: step}"

HEALTHY = (
    Problem(name="CNN, SGD", task="classification", model="CNN", data=DIGITS, optimizer=SGD),
    Problem(name="CNN with batch norm", task="classification", model="CNN, norm: true", data=DIGITS),
    Problem(name="CNN with dropout 0.5", task="classification", model="CNN, dropout: 0.5", data=DIGITS),
    Problem(
        name="CNN, timid rate",
        task="classification",
        model="CNN",
        data=DIGITS,
        optimizer="torch.optim.SGD, lr: 2e-3, momentum: 0.9",
    ),
    Problem(
        name="CNN, strong decay",
        task="classification",
        model="CNN",
        data=DIGITS,
        optimizer="torch.optim.AdamW, lr: 3e-3, weight_decay: 0.1",
    ),
    Problem(
        name="CNN, label smoothing",
        task="classification",
        model="CNN",
        data=DIGITS,
        loss=f"{CE}, label_smoothing: 0.2",
    ),
    Problem(
        name="CNN, warm-up", task="classification", model="CNN", data=DIGITS, optimizer=SGD, more=WARM_UP
    ),
    Problem(
        name="CNN, pixels 0 to 255, batch norm",
        task="classification",
        model="CNN, norm: true",
        data="pictures, scale: 255",
    ),
    Problem(
        name="CNN, bf16",
        task="classification",
        model="CNN",
        data=DIGITS,
        more="train: {epochs: 1, precision: bf16}",
    ),
    Problem(
        name="CNN, accumulate and clip",
        task="classification",
        model="CNN",
        data=DIGITS,
        optimizer=SGD,
        more="train: {epochs: 1, accumulate: 4, clip_grad_norm: 1.0}",
    ),
    Problem(
        name="CNN, focal loss", task="classification", model="CNN", data=DIGITS, loss="focal, _partial_: true"
    ),
    Problem(
        name="CNN, margin loss",
        task="classification",
        model="CNN",
        data=DIGITS,
        loss="torch.nn.MultiMarginLoss",
    ),
    Problem(name="CNN, tanh", task="classification", model="CNN, activation: Tanh", data=DIGITS),
    Problem(name="MLP", task="classification", model=MLP64, data=FLAT),
    Problem(name="MLP on rings", task="classification", model="MLP, inputs: 2, outputs: 2", data="rings"),
    Problem(
        name="MLP, 50 classes",
        task="classification",
        model="MLP, inputs: 32, outputs: 50",
        data="many_classes",
    ),
    Problem(name="signals, Conv1d", task="classification", model="Signals", data="signals"),
    Problem(name="tokens, GRU", task="classification", model="Reader", data="words"),
    Problem(name="tokens, attention", task="classification", model="Reader, kind: attention", data="words"),
    Problem(name="binary, one logit", task="multilabel", model="CNN, outputs: 1", data="even", loss=BCE),
    Problem(name="attributes", task="multilabel", model=ATTRIBUTES, data="attributes", loss=BCE),
    Problem(
        name="rare attributes",
        task="multilabel",
        model="CNN, outputs: 5",
        data="attributes, rare: true",
        loss=BCE,
    ),
    Problem(name="scenes", task="segmentation", model="Dense", data="scenes"),
    Problem(name="scenes, coarse output", task="segmentation", model="Dense, coarse: true", data="scenes"),
    Problem(
        name="scenes, dice",
        task="segmentation",
        model="Dense, outputs: 1",
        data="scenes, binary: true",
        loss="mean_dice, _partial_: true",
    ),
    Problem(name="surface", task="regression", model=MLP8, data="surface", loss=MSE),
    Problem(name="surface, L1", task="regression", model=MLP8, data="surface", loss="torch.nn.L1Loss"),
    Problem(
        name="counts",
        task="regression",
        model="MLP, inputs: 6, outputs: 1",
        data="tallies",
        loss="torch.nn.PoissonNLLLoss",
    ),
    Problem(
        name="words of symbols",
        task="ctc",
        model="Spell",
        data="Strips",
        loss=CTC,
        step="spell",
        optimizer="torch.optim.Adam, lr: 1e-2",
    ),
    Problem(name="two answers", task="classification", model="CNN", data=DIGITS, step="two_answers"),
    Problem(name="VAE, a loss with a floor", task="auto", model="VAE", data=DIGITS, step="elbo"),
    Problem(name="triplets", task="auto", model="CNN, outputs: 16", data=DIGITS, step="triplet"),
)

BROKEN = (
    Problem(name="features detached", task="classification", model="CNN, fault: detached", data=DIGITS),
    Problem(
        name="frozen below a narrow neck", task="classification", model="CNN, fault: frozen", data=DIGITS
    ),
    Problem(
        name="all but one bias frozen", task="classification", model="CNN, fault: all frozen", data=DIGITS
    ),
    Problem(
        name="softmax twice",
        task="classification",
        model="CNN, fault: softmax",
        data=DIGITS,
        rescues=("", "he-init"),
    ),
    Problem(
        name="softmax over the batch",
        task="classification",
        model="CNN, fault: softmax over batch",
        data=DIGITS,
    ),
    Problem(
        name="mean over the batch", task="classification", model="CNN, fault: mean over batch", data=DIGITS
    ),
    Problem(
        name="zero weights",
        task="classification",
        model="CNN, fault: zero",
        data=DIGITS,
        rescues=("default-init", "he-init"),
    ),
    Problem(
        name="dead from the start",
        task="classification",
        model="CNN, fault: dead",
        data=DIGITS,
        rescues=("default-init", "he-init"),
    ),
    Problem(
        name="rate 100 times too high",
        task="classification",
        model="CNN",
        data=DIGITS,
        optimizer="torch.optim.SGD, lr: 5.0, momentum: 0.9",
        rescues=("lr/10", "lr/100"),
    ),
    Problem(
        name="rate of 1e-7",
        task="classification",
        model="CNN",
        data=DIGITS,
        optimizer="torch.optim.SGD, lr: 1e-7, momentum: 0.9",
        rescues=ADAMS,
    ),
    Problem(
        name="Adam at 1.0",
        task="classification",
        model="CNN",
        data=DIGITS,
        optimizer="torch.optim.Adam, lr: 1.0",
        rescues=("lr/10", "lr/100", *ADAMS),
    ),
    Problem(
        name="another model's optimizer",
        task="classification",
        model="CNN",
        data=DIGITS,
        optimizer="of_another_model, lr: 0.05",
        rescues=ADAMS,
    ),
    Problem(
        name="no non-linearity on rings",
        task="classification",
        model="MLP, inputs: 2, outputs: 2, activation: Identity",
        data="rings",
    ),
    Problem(
        name="12 sigmoid layers",
        task="classification",
        model="MLP, inputs: 64, outputs: 10, depth: 12, activation: Sigmoid",
        data=FLAT,
        optimizer=SGD,
        rescues=("", *ADAMS),
    ),
    Problem(
        name="pixels 0 to 255 into plain SGD",
        task="classification",
        model=MLP64,
        data="pictures, flat: true, scale: 255",
        optimizer="torch.optim.SGD, lr: 0.1, momentum: 0.9",
        rescues=("standardised-inputs", "lr/10", "lr/100"),
    ),
    Problem(
        name="weights 30 times too large",
        task="classification",
        model="MLP, inputs: 64, outputs: 10, depth: 3, fault: large",
        data=FLAT,
        optimizer=SGD,
        rescues=("default-init", "he-init"),
    ),
    Problem(name="loss negated", task="classification", model="CNN", data=DIGITS, step="negated"),
    Problem(
        name="labels drawn anew each step", task="classification", model="CNN", data=DIGITS, step="redrawn"
    ),
    Problem(name="blank pictures", task="classification", model="CNN", data=DIGITS, step="blank_picture"),
    Problem(
        name="multilabel, softmax into BCE",
        task="multilabel",
        model="MLP, inputs: 64, outputs: 4, end: softmax",
        data="attributes",
        loss="torch.nn.BCELoss",
    ),
    Problem(
        name="multilabel, rate 1000 times too high",
        task="multilabel",
        model=ATTRIBUTES,
        data="attributes",
        loss=BCE,
        optimizer="torch.optim.SGD, lr: 100.0, momentum: 0.9",
        rescues=("lr/100", *ADAMS),
    ),
    Problem(
        name="segmentation, softmax over rows",
        task="segmentation",
        model="Dense, fault: softmax over rows",
        data="scenes",
    ),
    Problem(
        name="segmentation, pooled away", task="segmentation", model="Dense, fault: pooled", data="scenes"
    ),
    Problem(
        name="segmentation, zero weights",
        task="segmentation",
        model="Dense, norm: false, fault: zero",
        data="scenes",
        rescues=("default-init", "he-init"),
    ),
    Problem(
        name="regression, sigmoid cannot reach 0 to 50",
        task="regression",
        model="MLP, inputs: 8, outputs: 1, end: sigmoid",
        data="surface, offset: 25, scale: 8",
        loss=MSE,
    ),
    Problem(
        name="regression, ReLU cannot go below 0",
        task="regression",
        model="MLP, inputs: 8, outputs: 1, end: relu",
        data="surface",
        loss=MSE,
    ),
    Problem(
        name="regression, [N, 1] against [N]",
        task="regression",
        model=MLP8,
        data="surface, flat_target: true",
        loss="broadcast_mse, _partial_: true",
    ),
    Problem(
        name="regression, targets near 10,000",
        task="regression",
        model=MLP8,
        data="surface, offset: 10000, scale: 1000",
        loss=MSE,
        optimizer="torch.optim.SGD, lr: 0.01, momentum: 0.9",
        rescues=("standardised-targets",),
    ),
    Problem(
        name="ctc, time averaged away",
        task="ctc",
        model="Spell, fault: averaged",
        data="Strips",
        loss=CTC,
        step="spell",
        optimizer="torch.optim.Adam, lr: 1e-2",
    ),
    Problem(
        name="ctc, output shorter than target",
        task="ctc",
        model="Spell, stride: 6",
        data="Strips",
        loss=CTC,
        step="spell",
        optimizer="torch.optim.Adam, lr: 1e-2",
    ),
    Problem(
        name="ctc, rate of 1e-7",
        task="ctc",
        model="Spell",
        data="Strips",
        loss=CTC,
        step="spell",
        optimizer="torch.optim.SGD, lr: 1e-7",
        rescues=ADAMS,
    ),
    Problem(
        name="custom step, outputs out of the graph",
        task="auto",
        model="CNN",
        data=DIGITS,
        step="out_of_graph",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the stage and its check said of one problem.

    Attributes:
        group: healthy or broken.
        problem: The problem.
        evidence: What the stage saw; None where it could not run.
        severity: Severity of the check's finding; empty when it found nothing.
        trouble: Why the stage could not run.
    """

    group: str
    problem: Problem
    evidence: OverfitEvidence | None
    severity: str = ""
    trouble: str = ""

    @property
    def right(self) -> bool:
        """Return whether the verdict is the right one."""
        if self.evidence is None:
            return False
        if self.group == "healthy":
            return self.severity in {"", Severity.NOTE.value}
        rescues = self.problem.rescues or ("",)
        return bool(self.severity) and self.evidence.rescued_by in rescues


def main(
    *,
    only: Annotated[list[str] | None, typer.Option("--only", help="Glob of group/name; repeatable.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Page whose overfit section is written.")] = None,
) -> None:
    """Examine every problem, print a line for each, and write the section."""
    torch.set_num_threads(1)
    verdicts = []
    with tempfile.TemporaryDirectory() as scratch:
        for group, problem in _wanted(only or ["*"]):
            verdicts.append(_examine(group, problem, Path(scratch)))
            print(_line(verdicts[-1]), flush=True)
            if out is not None:  # after every row: whoever interrupts it keeps what was measured
                write_section(out, "overfit", _section(verdicts))
    if not all(verdict.right for verdict in verdicts):
        raise typer.Exit(1)


def _wanted(globs: list[str]) -> Iterator[tuple[str, Problem]]:
    for group, problems in (("healthy", HEALTHY), ("broken", BROKEN)):
        for problem in problems:
            if any(fnmatch.fnmatch(f"{group}/{problem.name}", glob) for glob in globs):
                yield group, problem


def _node(text: str) -> str:
    """Return a node; a name without a dot is looked for beside this script."""
    name, comma, rest = text.partition(",")
    return "{_target_: " + (name if "." in name else f"'{NETS}:{name}'") + comma + rest + "}"


def _text(problem: Problem) -> str:
    lines = [
        f"task: {problem.task}",
        f"model: {_node(problem.model)}",
        f"data: {{train: {_node(problem.data)}, loader: {{batch_size: 32}}}}",
        f"loss: {_node(problem.loss)}",
        f"optimizer: {_node(problem.optimizer)}",
        problem.more,
    ]
    if problem.step:
        lines.append(f"step: {_node(f'{problem.step}, _partial_: true')}")
    if "train:" not in problem.more:
        lines.append("train: {epochs: 1}")
    return "\n".join(["name: problem", "device: cpu", *lines])


def _examine(group: str, problem: Problem, scratch: Path) -> Verdict:
    file = scratch / "problem.yaml"
    file.write_text(_text(problem), encoding="utf-8")
    experiment = open_experiment(load(file))
    described = ExperimentEvidence(name="problem", path=str(file), lines={}, task=experiment.task.value)
    seen = Evidence(experiment=described, failures=FailuresEvidence())
    context = Context(experiment=experiment, so_far=seen, tell=Observers([]))
    seen = replace(seen, setup=setup_stage.run(context).evidence)
    try:
        evidence = overfit_stage.run(replace(context, so_far=seen)).evidence
    except UserCodeError as error:
        return Verdict(group=group, problem=problem, evidence=None, trouble=str(error).splitlines()[0])
    outcome = judge(by_id(CHECK), replace(seen, overfit=evidence))
    finding = outcome.finding
    severity = (finding.severity or Severity.ERROR).value if finding is not None else ""
    return Verdict(group=group, problem=problem, evidence=evidence, severity=severity)


def _line(verdict: Verdict) -> str:
    """Return one row of the table."""
    problem, found = verdict.problem, verdict.evidence
    mark = "right" if verdict.right else "**WRONG**"
    if found is None:
        return f"| {problem.name} | {problem.task} | {verdict.trouble} | | | {mark} |"
    attempt = found.configured
    learnt = "learnt" if attempt.reached else "still falling" if attempt.falling else "not learnt"
    said = verdict.severity or "nothing"
    rescue = found.rescued_by + (" (both seeds)" if found.confirmed else "") if found.rescued_by else "–"
    return (
        f"| {problem.name} | {problem.task} | {learnt}, {found.metric} {attempt.score:.2f} of {found.goal:.2f} in "
        f"{attempt.steps} steps | {said} | {rescue} | {mark} |"
    )


def _section(verdicts: list[Verdict]) -> str:
    head = ["| problem | task | as configured | said | rescued by | verdict |", "|---|---|---|---|---|---|"]
    parts = []
    for group in ("healthy", "broken"):
        rows = [verdict for verdict in verdicts if verdict.group == group]
        right = sum(verdict.right for verdict in rows)
        parts.append("\n".join([f"**{group}**: {right} of {len(rows)} right.", "", *head, *map(_line, rows)]))
    times = sorted(verdict.evidence.seconds for verdict in verdicts if verdict.evidence is not None)
    half, slowest = times[len(times) // 2], times[-1]
    tables = "\n\n".join(parts)
    return f"""## Learning a few samples by heart

Written by `python scripts/bench_overfit.py --out docs/stages.md`. Each problem goes through the overfit stage as any experiment
does, and its check judges without having seen a training run, which makes what came half-way a note. A healthy one passes
when nothing above a note is said, a broken one when the check speaks and the first change that rescues it is one that repairs
the planted fault (or none does, where no single change could). Half of the problems took less than {half:.1f} s on one
thread of a busy machine, the slowest {slowest:.0f} s.

{tables}"""


if __name__ == "__main__":
    typer.run(main)
