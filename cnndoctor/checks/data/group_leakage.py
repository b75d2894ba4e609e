"""The same persons, patients or videos stand in training and in validation."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, ExperimentEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity

TOLD = 3  # names of groups


@check(severity=Severity.WARNING, grade="A", explains=("validation-better-than-train",))
def group_leakage(
    experiment: ExperimentEvidence, data: DataEvidence, *, max_share: float = 0.0
) -> Finding | NotApplicable | None:
    """Samples of one group (person, patient, video) stand in training and in validation.

    What it measures:
        The attribute ``groups`` of both data sets: one entry (a text or number) for each sample, naming where it comes from.
        Groups that stand in both splits, and the share of validation samples that belong to them, against ``max_share``.
    Why it matters:
        Pictures of one person resemble each other more than the classes differ. A model that recognises the person scores
        well on such a validation split and fails on new people; the gap is often tens of percent.
    How to fix:
        Split by group: ``sklearn.model_selection.GroupShuffleSplit`` or ``StratifiedGroupKFold``.
    When it is not a fault:
        The model will only ever meet the groups it was trained on (the next visit of known patients): allow it with
        ``ignore: {group-leakage: "known patients"}``, or raise ``max_share``. Memorising on purpose is a note.

    References:
        - Saeb et al. 2017, The need to approximate the use-case in clinical machine learning, doi:10.1093/gigascience/gix019
        - Kapoor and Narayanan 2023, Leakage and the reproducibility crisis, doi:10.1016/j.patter.2023.100804
        - the limit is ours, chosen; no run decides it (docs/thresholds.md)
    """
    overlap = data.overlap
    if data.validation is None:
        return NotApplicable(reason="no validation split")
    if not overlap.group_size:
        return NotApplicable(
            reason="the data sets name no groups (attribute groups, one entry for each sample)"
        )
    share = overlap.group_samples / overlap.group_size
    if not overlap.groups or share <= max_share:
        return None
    names = ", ".join(overlap.group_names[:TOLD]) + (", …" if overlap.groups > TOLD else "")
    return Finding(
        message=(
            f"{overlap.groups} groups ({names}) stand in training and in validation: {overlap.group_samples} of "
            f"{overlap.group_size} validation samples ({share:.0%}, limit {max_share:.0%}) belong to them."
        ),
        confidence=0.9,
        severity=Severity.NOTE if experiment.intent_memorise else Severity.WARNING,
        places=(Place(kind="key", name="data.validation"), Place(kind="key", name="data.train")),
        measured={"groups": overlap.groups, "samples": overlap.group_samples, "share": share},
        remedies=(Remedy(text="Split by group, so that every group stands on one side only."),),
    )
