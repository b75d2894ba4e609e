"""Decisive experiments: short paired runs that differ from the configured one in a single thing.

Written by the train stage, only when training went badly (or ended in NaN): silence costs nothing on healthy runs.
"""

from __future__ import annotations

from dataclasses import dataclass

NAN = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One paired run.

    Attributes:
        name: as-configured, lr/10, lr*10, standardised-inputs, plain-inputs (no augmentation), no-weight-decay, no-penalty,
            no-dropout, default-init, adam, gradient-clipping, no-clipping, no-schedule, unfrozen, shuffled, bigger-batch,
            relu, attached (no value taken out of the graph) …
        change: The change in words.
        seed: Seed of the pair.
        steps: Steps made.
        train_loss: Loss on a fixed part of the training data afterwards, eval mode; NaN when not finite.
        train_score: Score on it; NaN when unknown.
        validation_loss: Likewise on validation.
        validation_score: Likewise.
    """

    name: str
    change: str
    seed: int
    steps: int
    train_loss: float = NAN
    train_score: float = NAN
    validation_loss: float = NAN
    validation_score: float = NAN


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialsEvidence:
    """All paired runs of one examination.

    Attributes:
        reason: Why experiments were made: chance, diverged, not-finite, below-baseline, slow; asked where a run went fairly
            well and only changes were tried that something seen besides asks for (cut gradients, reshaped inputs or odd
            ranges, augmentation, sorted batches, strong decay), or all of them in a thorough examination. Empty for the
            treated run that went well.
        chance: Score of the best constant prediction.
        trials: The runs; several seeds may share a name. Empty where only ``treated`` was run, for a cause known beforehand.
        seconds: Wall time.
        whole_score: What the whole configured run, which may be many times as long, scores at its end: on validation, or on
            training data without; NaN when unknown or not finite.
        on_training: The runs are compared by their scores on training data although there is validation, which has a fault of
            its own and tells the runs apart by that: it is known to be prepared otherwise, or the whole run is at chance there
            and not on training data.
        treatment: In words, the change that every run of these has, the configured one too; empty without.
        treats: Ids of the causes, known before any training, that the treatment is for; empty where pairs chose it.
        treated: The same once more with the change that cured best, or that treats the known causes, where the treated run was
            still sick: what a second, independent fault is found by. Where treating known causes was enough, that one run as
            long as the configured one, as ``as-configured``. None otherwise.
    """

    reason: str
    chance: float = NAN
    trials: tuple[Trial, ...] = ()
    seconds: float = 0.0
    whole_score: float = NAN
    on_training: bool = False
    treatment: str = ""
    treats: tuple[str, ...] = ()
    treated: TrialsEvidence | None = None

    def of(self, name: str) -> tuple[Trial, ...]:
        """Return the trials of this name, by seed."""
        return tuple(
            sorted((trial for trial in self.trials if trial.name == name), key=lambda trial: trial.seed)
        )
