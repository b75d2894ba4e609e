"""Whether batches hold fewer labels than random ones do."""

from __future__ import annotations

from cnndoctor.evidence.data import LoaderFacts

DISTINCT = 0.8  # of the labels that a random batch of this size holds
MAX_EXCESS = 5.0  # standard deviations; chosen: random order stays below 4


def sorted_by_label(loader: LoaderFacts, max_excess: float = MAX_EXCESS) -> bool:
    """Return whether training data come sorted by label.

    Args:
        loader: What one epoch of batches showed.
        max_excess: Standard deviations by which batches may hold more of one label than random ones.
    """
    return loader.label_run_excess > max_excess and loader.distinct_labels_per_batch < DISTINCT
