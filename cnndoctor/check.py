"""The ``@check`` decorator, the Check record and ``run``: evidence in, one outcome out.

A check is one function in one file. Its positional parameters, by type, are the evidence it needs (``X | None`` where it
can do without); its keyword-only parameters are thresholds that a user may set; its docstring is its public page.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal

from cnndoctor.finding import Finding, Grade, NotApplicable, Outcome, Severity, Value

if TYPE_CHECKING:  # its many records are of no use to who only reads a check's page
    from cnndoctor.evidence import Evidence

Judgement = Finding | NotApplicable | None
Role = Literal["cause", "symptom"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One piece of evidence a check asks for."""

    record: type[object]
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check of the catalogue.

    Attributes:
        id: File name with dashes; public.
        family: Folder name.
        severity: How much a finding matters unless it says otherwise.
        grade: How sure the method can be.
        role: cause, or symptom (an effect that may be a cause only when nothing explains it).
        explains: Ids of the effects this cause produces.
        of_pace: Whether it judges how the run goes on (time, memory), not where it ends: a training that its budget cut
            short is evidence for it as well.
        function: The judging function.
        thresholds: Keyword-only parameters with their defaults.
        title: First sentence of the page.
        page: The whole docstring, dedented.
    """

    id: str
    family: str
    severity: Severity
    grade: Grade
    role: Role
    explains: tuple[str, ...]
    function: Callable[..., Judgement]
    thresholds: Mapping[str, Value] = field(default_factory=dict)
    title: str = ""
    page: str = ""
    of_pace: bool = False

    @property
    def needs(self) -> tuple[Need, ...]:
        """Return the evidence it takes, in order; worked out when first asked for, for a list of checks never does.

        Raises:
            TypeError: A positional parameter is no evidence record.
        """
        return _needs(self.function)

    def __call__(self, *evidence: object, **thresholds: Value) -> Judgement:
        """Judge the given evidence; what a check's own test calls."""
        return self.function(*evidence, **thresholds)


def check(
    *,
    severity: Severity | Literal["note", "warning", "error"],
    grade: Grade | Literal["A", "B", "C"],
    explains: tuple[str, ...] = (),
    role: Role = "cause",
    of_pace: bool = False,
) -> Callable[[Callable[..., Judgement]], Check]:
    """Turn a judging function into a Check named after its file.

    Args:
        severity: How much a finding matters unless the finding says otherwise.
        grade: A proof, B confirmed statistics, C hint.
        explains: Ids of the checks whose findings this one accounts for.
        role: ``symptom`` for effects that need a cause.
        of_pace: Whether it judges time or memory, which a training cut short shows as well.
    """

    def wrap(function: Callable[..., Judgement]) -> Check:
        path = function.__module__.split(".")
        page = inspect.getdoc(function) or ""
        return Check(
            id=path[-1].replace("_", "-"),
            family=path[-2],
            severity=Severity(severity),
            grade=Grade(grade),
            role=role,
            explains=explains,
            function=function,
            thresholds=_thresholds(function),
            title=page.split("\n\n", 1)[0].replace("\n", " ").rstrip("."),
            page=page,
            of_pace=of_pace,
        )

    return wrap


def run(
    check: Check,
    evidence: Evidence,
    thresholds: Mapping[str, Value] | None = None,
    *,
    left_out: Mapping[type[object], str] | None = None,
) -> Outcome:
    """Run one check and return its outcome; a crash inside it becomes an outcome, never an exception.

    Args:
        check: The check.
        evidence: What the stages saw.
        thresholds: The user's values for its keyword-only parameters.
        left_out: Why a record is not among the evidence, where its stage left one all the same.
    """
    arguments = []
    for need in check.needs:
        record = evidence.of_type(need.record)
        if record is None and not need.optional:
            why = (left_out or {}).get(need.record, f"{_stage_of(need.record)} left no evidence")
            return Outcome(check=check.id, status="skipped", reason=why)
        arguments.append(record)
    try:
        judgement = check.function(*arguments, **(thresholds or {}))
    except Exception as error:  # noqa: BLE001 - the border around one check: its crash must not hide the others
        return Outcome(check=check.id, status="crashed", reason=_describe(error))
    match judgement:
        case Finding():
            return Outcome(check=check.id, status="found", finding=judgement)
        case NotApplicable():
            return Outcome(check=check.id, status="skipped", reason=judgement.reason)
        case _:
            return Outcome(check=check.id, status="passed")


def _describe(error: Exception) -> str:
    """Return type, text and the innermost line of our own fault, so that it can be reported."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" (line {trace.tb_lineno})" if trace is not None else ""
    return f"{type(error).__name__}: {error}{where}"


def _stage_of(record: type[object]) -> str:
    """Return the stage's name for its evidence class: FirstBatchEvidence → the first-batch stage."""
    words = "".join(f"-{c.lower()}" if c.isupper() else c for c in record.__name__.removesuffix("Evidence"))
    return f"the {words.lstrip('-')} stage"


@cache
def _needs(function: Callable[..., Judgement]) -> tuple[Need, ...]:
    hints = typing.get_type_hints(function)
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [name for name, p in inspect.signature(function).parameters.items() if p.kind in positional]
    return tuple(_need(hints[name]) for name in names)


def _need(hint: object) -> Need:
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        record = next(option for option in typing.get_args(hint) if option is not type(None))
        return Need(record=record, optional=True)
    if not isinstance(hint, type):
        message = f"a check's positional parameter must be an evidence record, not {hint!r}"
        raise TypeError(message)
    return Need(record=hint)


def _thresholds(function: Callable[..., Judgement]) -> Mapping[str, Value]:
    # What a signature would say too, at a hundredth of the cost: a list of all checks asks every one.
    return dict(getattr(function, "__kwdefaults__", None) or {})
