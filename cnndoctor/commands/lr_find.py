"""The ``lr-find`` command: the range test alone, told on the terminal and saved as JSON and SVG."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from cnndoctor.codec import write_atomically
from cnndoctor.config import Config
from cnndoctor.doctor import Examined, Options, diagnose
from cnndoctor.errors import ConfigError, ExitCode, Problem, UsageError
from cnndoctor.evidence import LrRangeEvidence
from cnndoctor.observers import Observer
from cnndoctor.rates.band import summary
from cnndoctor.rates.rewrite import with_value
from cnndoctor.reporters.ascii_plot import ascii_plot
from cnndoctor.reporters.svg import svg
from cnndoctor.reporting.plots import lr_plot

RATE_KEYS = ("scheduler.max_lr", "optimizer.lr")  # a one-cycle schedule's peak overrules the optimizer's rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the range test found.

    Attributes:
        examined: The examination of the two stages it takes.
        evidence: The range test; None when it could not run.
        exit_code: 0 with a suggestion, 1 when the test refuses to name one, 2 or 4 when it could not run.
    """

    examined: Examined
    evidence: LrRangeEvidence | None
    exit_code: ExitCode


def find(config: Config, options: Options, observers: Sequence[Observer]) -> Found:
    """Run the range test and save ``lr_range.json`` and ``lr_range.svg`` in the run's folder."""
    only = Options(
        out=options.out,
        only=("setup", "lr-range"),
        effort=options.effort,
        device=options.device,
        seed=options.seed,
        command=options.command,
        rate_wanted=True,
    )
    examined = diagnose(config, only, observers)
    evidence = examined.evidence.lr_range
    if examined.folder is not None and evidence is not None:
        folder = examined.folder.path
        write_atomically(
            folder / "lr_range.json", json.dumps(summary(evidence), indent=1, allow_nan=False) + "\n"
        )
        write_atomically(folder / "lr_range.svg", svg(lr_plot(evidence)))
    return Found(examined=examined, evidence=evidence, exit_code=_code(examined, evidence))


def tell(found: Found, *, width: int) -> str:
    """Return what a person reads: the plot, the band, the suggestion with its rule, the configured rate against them."""
    evidence = found.evidence
    if evidence is None:
        failed = next((stage for stage in found.examined.report.stages if stage.status == "crashed"), None)
        cause = found.examined.report.causes[0].message if found.examined.report.causes else ""
        return (
            f"The range test could not run: {cause or (failed.note if failed else 'the stage was skipped')}"
        )
    lines = [ascii_plot(lr_plot(evidence), width=width), ""]
    if evidence.band:
        lines.append(f"usable band  {evidence.band[0]:.2g} to {evidence.band[1]:.2g}")
    lines.append(f"configured   {evidence.configured_peak:.3g}{_position(evidence)}")
    if math.isfinite(evidence.suggestion):
        spread = f" (seeds: {evidence.suggestion_low:.2g} to {evidence.suggestion_high:.2g})"
        lines.append(f"suggestion   {evidence.suggestion:.2g}{spread}")
        lines.append(f"rule         {evidence.rule}")
    else:
        lines.append(f"suggestion   none: {evidence.refusal}")
    if found.examined.folder is not None:
        lines.append(f"saved        {found.examined.folder.path / 'lr_range.json'}, lr_range.svg")
    return "\n".join(lines)


def write(config: Config, found: Found) -> str:
    """Put the suggestion into the experiment file, comments kept; return what was done.

    Raises:
        UsageError: There is no suggestion.
        ConfigError: The file has no plain rate to change.
    """
    evidence = found.evidence
    if evidence is None or not math.isfinite(evidence.suggestion):
        message = "nothing was written: there is no suggestion."
        raise UsageError(message)
    key = next((one for one in RATE_KEYS if one in config.spans), "")
    if not key:
        problem = Problem(
            message="the optimizer has no plain 'lr' to write the suggestion to.",
            file=str(config.path),
            line=config.lines.get("optimizer", (0, 0))[0],
            key="optimizer",
            hint="Add `lr:` to the optimizer node.",
        )
        raise ConfigError((problem,))
    value = f"{_rate_to_write(config, evidence, key):.2g}"
    write_atomically(config.path, with_value(config.text, config.spans[key], value))
    return f"wrote {key.rpartition('.')[2]}: {value} to {config.path}"


def _rate_to_write(config: Config, evidence: LrRangeEvidence, key: str) -> float:
    """Return the value of a key that makes the planned peak the suggestion: schedules scale with the optimizer's rate."""
    written = config.optimizer.kwargs.get("lr") if key == "optimizer.lr" else None
    if not isinstance(written, int | float) or written <= 0 or evidence.configured_peak <= 0:
        return evidence.suggestion
    return written * evidence.suggestion / evidence.configured_peak


def _position(evidence: LrRangeEvidence) -> str:
    """Say where the configured rate lies against the band."""
    if not evidence.band or evidence.configured_peak <= 0:
        return ""
    low, high = evidence.band
    if evidence.configured_peak > high:
        return f", {evidence.configured_peak / high:.2g} times above the band"
    if evidence.configured_peak < low:
        return f", {low / evidence.configured_peak:.2g} times below the band"
    return ", inside the band"


def _code(examined: Examined, evidence: LrRangeEvidence | None) -> ExitCode:
    if examined.interrupted:
        return ExitCode.INTERRUPTED
    if evidence is None:
        return ExitCode.USAGE if examined.evidence.failures.failures else ExitCode.STAGE_UNABLE
    return ExitCode.OK if math.isfinite(evidence.suggestion) else ExitCode.FINDINGS
