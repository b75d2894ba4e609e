"""A report with every feature, and with the text of a user who means no good."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from cnndoctor.finding import Finding, Grade, Outcome, Place, Remedy, Severity
from cnndoctor.report import (
    Bars,
    BarSeries,
    Cause,
    ConfigIdentity,
    Curve,
    FinalMetrics,
    Gallery,
    Matrix,
    Picture,
    Plot,
    Report,
    StageResult,
    Symptom,
    Tool,
    Verdict,
)
from cnndoctor.reporters import Context

NASTY = (
    "<script>alert(1)</script> [red]x[/red] | `a` *b* & \"q\" 'p'\n::error::no "
    "\x1b[31m\x00 🙂 @team %0A \u202e ]]>"
)

# Four by four pixels, a grey cross on black.
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAAAAACMmsGiAAAAGUlEQVR42gXBAQEAAAjDIG7/YIslEAvEwQMfbQJcFjn2RwAAAABJRU5ErkJggg=="

CONFIG = """\
name: digits-cnn
model:      {_target_: models.SmallCNN, num_classes: 10}
data:
  train:    {_target_: cnndoctor.datasets.digits, split: train}
loss:       {_target_: torch.nn.CrossEntropyLoss}
optimizer:  {_target_: torch.optim.SGD, lr: 5e-1, momentum: 0.9}   # a comment
train:
  epochs: 20
"""


def _sample() -> Report:
    rate = Cause(
        check="learning-rate-too-high",
        family="learning_rate",
        severity=Severity.ERROR,
        confidence=0.97,
        grade=Grade.B,
        title="The learning rate is above the band in which the loss falls",
        message=(
            "The learning rate is 0.5; the loss falls only between 0.0008 and 0.06, "
            "and three of three sweeps diverge above it."
        ),
        places=(
            Place(kind="key", name="optimizer.lr", file="configs/a.yaml", line=6),
            Place(kind="layer", name="features.0", file="models.py", line=12),
            *(Place(kind="sample", name=f"train[{index}]") for index in range(7)),
        ),
        measured={
            "lr": 0.5,
            "band_low": 0.0008,
            "band_high": 0.06,
            "sweeps": 3,
            "confirmed": True,
            "worst": math.inf,
        },
        remedies=(
            Remedy(text="Lower the learning rate into the band.", patch={"optimizer.lr": 0.03}),
            Remedy(text="Or warm up over the first 200 steps."),
        ),
        symptoms=(
            Symptom(
                check="loss-diverges",
                message="The loss rose from 2.31 to NaN within 40 steps.",
                severity=Severity.ERROR,
            ),
            Symptom(check="dead-relu", message=f"91% of units are dead {NASTY}.", severity=Severity.WARNING),
        ),
    )
    nasty = Cause(
        check="class-imbalance",
        family="data",
        severity=Severity.WARNING,
        confidence=0.6,
        grade=Grade.C,
        title=f"Classes {NASTY}",
        message=f"Class {NASTY} has 3 samples; the largest has 900.",
        places=(Place(kind="key", name="data.train", file="configs/a.yaml", line=4),),
        measured={NASTY: NASTY, "share": 0.003},
        remedies=(Remedy(text=f"Weigh {NASTY}", patch={f"loss.{NASTY}": NASTY}),),
    )
    note = Cause(
        check="loader-slow",
        family="runtime",
        severity=Severity.NOTE,
        confidence=0.5,
        grade=Grade.C,
        title="The loader is slower than the model",
        message="Waiting for data takes 41% of the time; 20% is usual.",
    )
    steps = tuple(float(step) for step in range(60))
    rates = tuple(10 ** (-7 + 8 * step / 59) for step in range(60))
    return Report(
        tool=Tool(version="1.2.3"),
        verdict=Verdict.UNHEALTHY,
        summary="1 error and 1 warning: the learning rate is too high.",
        config=ConfigIdentity(name="digits-cnn", path="configs/a.yaml", sha256="ab" * 32),
        environment={
            "command": "cnndoctor diagnose configs/a.yaml",
            "seed": 0,
            "torch": "2.13.0",
            "user": NASTY,
        },
        seconds=83.25,
        stages=(
            StageResult(name="setup", status="ran", seconds=0.4, note="8,970 parameters, all trained"),
            StageResult(name="data", status="crashed", seconds=2.0, note=f"dataset raised {NASTY}"),
            StageResult(
                name="train",
                status="skipped",
                note="learning-rate-too-high stands; --keep-going trains anyway",
            ),
        ),
        causes=(rate, nasty, note),
        outcomes=(
            Outcome(
                check="class-imbalance",
                status="found",
                finding=Finding(message=nasty.message, confidence=0.6),
            ),
            Outcome(check="dead-relu", status="found", finding=Finding(message="dead", confidence=0.9)),
            Outcome(check="duplicate-samples", status="passed"),
            Outcome(check="labels-shuffled", status="crashed", reason=f"ValueError {NASTY}"),
            Outcome(
                check="learning-rate-too-high",
                status="found",
                finding=Finding(message=rate.message, confidence=0.97),
            ),
            Outcome(
                check="loader-slow", status="found", finding=Finding(message=note.message, confidence=0.5)
            ),
            Outcome(check="loss-diverges", status="found", finding=Finding(message="rose", confidence=0.9)),
            Outcome(check="overfitting", status="skipped", reason="the train stage was skipped"),
            Outcome(
                check="tiny-batch",
                status="ignored",
                reason=f"intended {NASTY}",
                finding=Finding(
                    message="The batch has 2 samples.",
                    confidence=0.8,
                    places=(Place(kind="key", name="data"),),
                ),
            ),
        ),
        metrics=FinalMetrics(
            train={"loss": 0.01, "accuracy": 0.998}, validation={"accuracy": 0.95, "miou": math.nan}
        ),
        plots=(
            Plot(
                name="loss",
                title="Loss over training",
                x_label="step",
                y_label="loss",
                curves=(
                    Curve(
                        name="train", x=steps, y=tuple(2.3 * math.exp(-step / 15) + 0.02 for step in steps)
                    ),
                    Curve(
                        name=f"validation {NASTY}",
                        x=steps,
                        y=tuple(
                            math.nan if 20 <= step < 25 else 2.3 * math.exp(-step / 20) + 0.2
                            for step in steps
                        ),
                    ),
                ),
            ),
            Plot(
                name="lr-range",
                title="Learning-rate range",
                x_label="learning rate",
                y_label="smoothed loss",
                curves=(
                    Curve(
                        name="loss",
                        x=rates,
                        y=tuple(2.3 / (1 + 400 * rate) + 0.05 + min(rate * rate * 30, 1e3) for rate in rates),
                    ),
                ),
                log_x=True,
                log_y=True,
                marks={"configured": 0.5, "suggestion": 0.01},
                band=(0.0008, 0.06),
            ),
            Plot(
                name="activation-profile",
                title="Activation by layer",
                x_label="layer",
                y_label="std",
                curves=(Curve(name="activation", x=(0.0, 1.0, 2.0), y=(1.0, 0.5, 40.0)),),
                y_range=(0.0, 2.0),
                x_names=("conv", NASTY, "head"),
                detail=True,
            ),
        ),
        bars=(
            Bars(
                name="trials",
                title="Paired runs with one thing changed",
                category_label="Change",
                value_label="score",
                categories=("as configured", f"plain {NASTY}", "broken"),
                series=(
                    BarSeries(name="training", values=(0.1, 0.9, math.nan)),
                    BarSeries(name="validation", values=(0.1, 0.8, -2.0)),
                ),
                marks={"chance": 0.1},
            ),
        ),
        matrices=(
            Matrix(name="confusion", title="Taken for", labels=("cat", NASTY), counts=((9, 1), (12000, 3))),
        ),
        galleries=(
            Gallery(
                name="class-imbalance",
                title="Samples that this names",
                check="class-imbalance",
                pictures=(
                    Picture(
                        place="train[17]",
                        told=f"labelled {NASTY}",
                        file=f"data/{NASTY}.png",
                        png=PNG,
                        width=4,
                        height=4,
                    ),
                ),
            ),
            Gallery(
                name="worst",
                title="Validation samples with the largest loss",
                pictures=(Picture(place="validation[3]", png=PNG, width=4, height=4),),
            ),
        ),
        run="runs/digits-cnn/20260101-120000-abcdef",
    )


@pytest.fixture
def report() -> Report:
    """The sample report."""
    return _sample()


@pytest.fixture
def context() -> Context:
    """The sample's surroundings: its experiment file and a page."""
    return Context(
        config_text=CONFIG,
        pages={"learning-rate-too-high": "The learning rate is too high.\n\nWhat it measures: <b>bands</b>."},
        stage_of={"duplicate-samples": "data"},
    )


@pytest.fixture
def healthy() -> Report:
    """A report with nothing to say."""
    return Report(
        tool=Tool(version="1.2.3"),
        verdict=Verdict.HEALTHY,
        summary="Nothing found by 40 checks.",
        config=ConfigIdentity(name="digits-cnn", path="configs/a.yaml", sha256="ab" * 32),
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Path:
    """The folder of the golden files."""
    return Path(request.config.rootpath) / "tests" / "golden"
