"""Results made by hand, of which the tests of the scoreboard are told."""

from __future__ import annotations

from scoreboard.cases import Case, Expected
from scoreboard.material import Catalogue, Material
from scoreboard.records import Record, Said

CATALOGUE = Catalogue(
    family_of={"dead-relu": "activations", "overfitting": "training", "best-epoch-lost": "training"},
    hints=frozenset({"best-epoch-lost"}),
)
HEALTHY = Expected()
FAULT = Expected(kind="fault", faults=(("dead-relu",),))


def said(check: str, severity: str = "error", confidence: float = 0.9) -> Said:
    """Return one thing said."""
    return Said(
        check=check,
        family=CATALOGUE.family_of.get(check, ""),
        severity=severity,
        confidence=confidence,
        message=f"{check} was seen.",
    )


def record(
    *causes: Said,
    config: str = "configs/patients/dead-relu.yaml",
    seed: int = 0,
    crashes: tuple[str, ...] = (),
    found: tuple[Said, ...] | None = None,
) -> Record:
    """Return an examination that said these causes."""
    loud = any(cause.severity != "note" for cause in causes)
    return Record(
        config=config,
        seed=seed,
        package="p",
        experiment="e",
        seconds=3.0,
        verdict="unhealthy" if loud else "healthy",
        causes=causes,
        found=causes if found is None else found,
        crashes=crashes,
    )


def case(
    config: str = "configs/patients/dead-relu.yaml", expected: Expected = FAULT, strength: str = ""
) -> Case:
    """Return an experiment; its folder gives its part and group."""
    group = config.split("/")[-2]
    part = "tuning" if group in {"patients", "healthy"} else "test"
    return Case(config=config, part=part, group=group, strength=strength, expected=expected)  # type: ignore[arg-type]


def material(*pairs: tuple[Case, Record]) -> Material:
    """Return what a page is made of."""
    return Material(pairs=pairs, catalogue=CATALOGUE, constant="overfitting")
