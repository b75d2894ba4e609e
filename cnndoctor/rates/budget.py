"""How many optimizer steps the range test may take, and how long its short runs are."""

from __future__ import annotations

from cnndoctor.context import Context

LEAST_BUDGET = 600  # optimizer steps of the whole stage
BUDGET_SHARE = 0.1  # of the planned run, where that is more
PAIRED_STEPS = 60  # 20 and 40 steps picked a wrong rate on plateau-prone nets, 60 did not (measured)
PATIENT_STEPS = 150


def budget_of(context: Context) -> int:
    """Return the optimizer steps that the range test may take: 600, or a tenth of the planned run where that is more."""
    setup = context.so_far.setup
    planned = setup.planned_steps if setup else 0
    return max(LEAST_BUDGET * (2 if context.effort == "thorough" else 1), round(BUDGET_SHARE * planned))
