"""A part of the network that is cut off from the loss, so that no gradient reaches it."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import (
    DataEvidence,
    ExperimentEvidence,
    FailuresEvidence,
    FirstBatchEvidence,
    GradientEvidence,
    SetupEvidence,
    TrainEvidence,
    TrialsEvidence,
)
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.success import behind_baseline, trained_well
from cnndoctor.signs.trial_gains import AS_CONFIGURED, DECISIVE, best_gain, outdoes, worst_gain

NO_GRAPH = ("does not require grad and does not have a grad_fn",)
# Names of parts that are often used under no_grad on purpose.
MEANT = ("backbone", "encoder", "teacher", "extractor", "pretrained", "target", "momentum", "ema")
ATTACHED = "attached"
# Gain that counts, however near to perfect the run is. Chosen: three times what two seeds of letters-detach (configs/unseen/
# classics) differ by, 0.016; its cut costs 0.06.
LEAST = 0.05
STEERS = "If your step calls backward() or an optimizer itself, leave both to the loop, and return the loss with its graph."
CUTS = "look for .detach(), .data, .item(), .numpy(), torch.tensor(x) or torch.no_grad() on the way"


@check(
    severity="error",
    grade="A",
    explains=merged(
        LEARNS_NOTHING,
        (
            "user-code-raises",
            "parameters-not-updating",
            "vanishing-gradients",
            "output-ignores-input",
            "dead-relu",
        ),
    ),
)
def detached_graph(  # noqa: PLR0917 - the evidence it needs
    experiment: ExperimentEvidence,
    setup: SetupEvidence | None,
    failures: FailuresEvidence,
    first_batch: FirstBatchEvidence | None,
    train: TrainEvidence | None,
    gradient: GradientEvidence | None,
    trials: TrialsEvidence | None,
    data: DataEvidence | None,
) -> Finding | NotApplicable | None:
    """The loss is cut off from a part of the network.

    What it measures:
        After one backward pass, trainable parameters whose layer was called and which still have no gradient at all
        (None, not zero); and the first layer, in the order of the forward, behind which the gradient is lost. And, where
        gradients differ from differences because values leave the graph, paired runs in which none leaves it, as long as
        the configured run and with two seeds: they must end better by a fifth of the way from chance to perfect, or miss
        half of what the configured run misses, and nothing else may help as well.
    Why it matters:
        Everything before the cut keeps its random initial weights. The layers behind it train on random features, so
        that the loss still falls somewhat, which hides the fault. A state that is detached at every step of a sequence
        learns from the last step alone.
    How to fix:
        Remove the cut: ``x.detach()``, ``x.data``, ``torch.tensor(x)``, ``x.item()``, ``x.cpu().numpy()``,
        ``torch.no_grad()`` and ``argmax`` all end the graph. Use torch operations on the tensor itself. A derivative that
        stands in the loss (a physics residual, a gradient penalty) is taken with ``torch.autograd.grad(…,
        create_graph=True)``.
    When it is not a fault:
        A frozen feature extractor under ``no_grad``: set ``requires_grad_(False)`` on it or name it under ``intent:
        {frozen: […]}``; in a run that learns well, and fits its data no worse than simple models do, it is a note, unless
        paired runs with the whole graph get a fifth of the way to perfect further. Stop-gradients of self-supervised methods
        leave no parameter without a gradient.
        Straight-through estimators, references of a loss, baselines, probes on features that another loss trains and
        states cut between batches are left alone, and so is what has gradients later in the training.

    References:
        - torch.Tensor.detach; "Autograd mechanics", locally disabling gradient computation
    """
    if first_batch is None:
        return _from_failure(experiment, setup, failures) or _from_trials(gradient, train, trials)
    cut = first_batch.cut
    frozen = {p.name for p in setup.parameters if p.frozen_on_purpose or not p.trainable} if setup else set()
    lost = tuple(name for name in cut.cut_off if name not in frozen) if cut else ()
    if cut is None or not lost or _broke_otherwise(failures):
        return _from_failure(experiment, setup, failures) or _from_trials(gradient, train, trials)
    if train is not None and all(_got_gradients(train, name) for name in lost):
        return _from_trials(
            gradient, train, trials
        )  # cut off at first only: a body that thaws after its head has settled
    trainable = sum(1 for p in setup.parameters if p.trainable) if setup else len(lost)
    # Random features may carry a run over half of the way: it has not gone well where simple models fit its data far better.
    good = trained_well(train) and not behind_baseline(train, data.baseline if data else None)
    freed = outdoes(trials, ATTACHED)
    meant = good and not freed and all(any(word in name.lower() for word in MEANT) for name in lost)
    return Finding(
        message=(
            f"No gradient reaches {len(lost)} of {max(trainable, len(lost))} trainable parameters"
            + (f": the graph ends at layer {cut.layer}." if cut.layer else f" ({lost[0]} …).")
            + (
                f" With the whole graph the run gets {freed:.0%} of the way to perfect further."
                if freed
                else ""
            )
        ),
        confidence=0.6 if meant else 0.96 if freed or not experiment.custom_step else 0.85,
        severity=Severity.NOTE if meant else Severity.WARNING if good and not freed else None,
        places=(
            Place(kind="layer", name=cut.layer, file=cut.source_file, line=cut.source_line),
            *(Place(kind="layer", name=name) for name in lost[:5]),
        ),
        measured={"cut_off": len(lost), "trainable": trainable},
        remedies=(
            Remedy(
                text=f"Keep the graph whole up to {f'layer {cut.layer}' if cut.layer else 'the loss'}: {CUTS}."
            ),
            *((Remedy(text=STEERS),) if experiment.custom_step and len(lost) >= trainable else ()),
        ),
    )


def _got_gradients(train: TrainEvidence, name: str) -> bool:
    """Return whether the layer of a parameter had gradients at the last look of the training."""
    layer = next((one for one in train.layers if one.path == name.rpartition(".")[0]), None)
    return layer is not None and bool(layer.gradient_rms) and layer.gradient_rms[-1] > 0


def _broke_otherwise(failures: FailuresEvidence) -> bool:
    """Return whether backward() raised for another reason than a missing graph: no gradient then says nothing of a cut."""
    raised = [f for f in failures.failures if f.phase == "backward" and f.stage in {"", "first-batch"}]
    return bool(raised) and not any(text in failure.message for failure in raised for text in NO_GRAPH)


def _from_failure(
    experiment: ExperimentEvidence, setup: SetupEvidence | None, failures: FailuresEvidence
) -> Finding | None:
    """Judge by what backward() says when nothing at all leads from the loss to a parameter."""
    if setup is not None and setup.parameters and not any(p.trainable for p in setup.parameters):
        return None  # everything is frozen: another fault
    if setup is not None and not setup.parameters:
        return None  # nothing is registered: another fault
    for failure in failures.failures:
        if any(text in failure.message for text in NO_GRAPH):
            return Finding(
                message="The loss does not depend on any parameter: its graph is cut between the model and backward().",
                confidence=0.9,
                places=(
                    Place(
                        kind="source", name=failure.file or "forward", file=failure.file, line=failure.line
                    ),
                ),
                remedies=(
                    Remedy(text=f"Keep the graph whole: {CUTS}."),
                    *((Remedy(text=STEERS),) if experiment.custom_step else ()),
                ),
            )
    return None


def _from_trials(
    gradient: GradientEvidence | None, train: TrainEvidence | None, trials: TrialsEvidence | None
) -> Finding | None:
    """Judge by the paired run without any cut where a part of the gradient is missing."""
    if gradient is None or not gradient.cut_parameters or trials is None:
        return None
    own, before = outdoes(trials, ATTACHED, clearly=LEAST), best_gain(trials, AS_CONFIGURED)
    # Near to perfect no change can gain a fifth of the way: there it is decisive to halve what is missing.
    if not own or own < min(DECISIVE, (1 - before) / 2):
        return None
    layers = tuple(dict.fromkeys(name.rpartition(".")[0] for name in gradient.cut_parameters))
    good = trained_well(train)
    names = ", ".join(sorted({call.name for call in gradient.cut_by})) or "detach or no_grad"
    return Finding(
        message=(
            f"Values leave the graph by {names}, so that {len(gradient.cut_parameters)} parameters miss a part of their "
            f"gradient; with the whole graph the run goes {worst_gain(trials, ATTACHED):.0%} of the way from chance to "
            f"perfect on every seed instead of {max(0.0, before):.0%} at best."
        ),
        confidence=0.8 if good else 0.9,
        severity=Severity.WARNING if good else None,
        places=(
            *(Place(kind="layer", name=layer) for layer in layers[:3]),
            *(
                Place(kind="source", name=call.name, file=call.file, line=call.line)
                for call in gradient.cut_by
            ),
        ),
        measured={
            "missing_gradient": len(gradient.cut_parameters),
            "gain_as_configured": before,
            "gain_attached": worst_gain(trials, ATTACHED),
        },
        remedies=(
            Remedy(
                text="Leave the values in the graph; to cut between batches only, detach once before the first step of a "
                "sequence; for samples use rsample()."
            ),
        ),
    )
