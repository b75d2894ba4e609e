from dataclasses import replace

from cnndoctor.check import run
from cnndoctor.checks.initialization.badly_scaled_initialization import badly_scaled_initialization
from cnndoctor.evidence import TrialsEvidence
from cnndoctor.evidence.setup import Parameter
from cnndoctor.evidence.trials import Trial
from tests.changed import failed_overfit, failed_train, paired_trials
from tests.healthy import healthy_evaluation, healthy_evidence, healthy_train
from tests.layers import deep_stack
from tests.verdicts import found, silent


def default_init_ends_at(loss: float) -> TrialsEvidence:
    """Return one paired run with the default initialisation, beside one as configured that stays at 2.3."""
    ends = {"as-configured": 2.3, "default-init": loss}
    return TrialsEvidence(
        reason="chance",
        trials=tuple(
            Trial(name=name, change="", seed=0, steps=50, train_loss=end) for name, end in ends.items()
        ),
    )


def unit_normal(count: int) -> tuple[Parameter, ...]:
    """Return dense weights from N(0, 1)."""
    return tuple(
        Parameter(name=f"{i}.weight", layer=str(i), kind="Linear", shape=(64, 64), fan_in=64, std=1.0)
        for i in range(count)
    )


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(badly_scaled_initialization, healthy_evidence()).finding is None


def test_unit_normal() -> None:
    """Weights from N(0, 1) that make the first loss huge are an error when nothing is learnt."""
    finding = found(
        badly_scaled_initialization,
        {**deep_stack(weight_std=1.0), "train": failed_train(), "first_batch.loss.value": 80.0},
    )
    assert finding.severity == "error"
    assert "80" in finding.message


def test_default() -> None:
    """Torch's default is fine."""
    assert silent(badly_scaled_initialization, {**deep_stack(), "train": failed_train()})


def test_unit_normal_that_learns() -> None:
    """A run that learns well is not judged."""
    assert silent(badly_scaled_initialization, {**deep_stack(weight_std=1.0), "first_batch.loss.value": 80.0})


def test_cured() -> None:
    """A paired run with the default initialisation proves it."""
    finding = found(
        badly_scaled_initialization,
        {**deep_stack(weight_std=1.0), "train": failed_train(), "trials": default_init_ends_at(0.5)},
    )
    assert finding.severity == "error"
    assert "start too large" in finding.message


def test_the_default_does_not_help() -> None:
    """A paired run with the default initialisation that ends no better makes the scale an unlikely cause."""
    finding = found(
        badly_scaled_initialization,
        {
            "setup.parameters": unit_normal(12),
            "first_batch.loss.value": 80.0,
            "train": failed_train(),
            "overfit": failed_overfit(),
            "trials": default_init_ends_at(2.28),
        },
    )
    assert finding.confidence < 0.7


def test_a_run_that_trains_half_way_with_far_too_large_weights() -> None:
    """Half-way is no acquittal where another initialisation, and nothing else, goes clearly further on two seeds."""
    facts = {
        "setup.parameters": unit_normal(4),
        "first_batch.loss.value": 80.0,
        "train.validation": healthy_evaluation("validation", 364, 9.0, 0.7),
    }
    cured = paired_trials({"as-configured": (0.3, 0.4), "he-init": (0.95, 0.9), "default-init": (0.6, 0.6)})
    assert found(badly_scaled_initialization, {**facts, "trials": cured}).message
    other = paired_trials({"as-configured": (0.3, 0.4), "he-init": (0.8, 0.8), "lr/10": (0.95, 0.95)})
    assert silent(badly_scaled_initialization, {**facts, "trials": other})


def test_an_embedding_that_is_the_output_layer_too() -> None:
    """One tied embedding from N(0, 1) is blamed where runs with a smaller start prove it, and left alone without them."""
    tied = Parameter(
        name="tok.weight",
        layer="tok",
        kind="Embedding",
        shape=(36, 64),
        fan_in=64,
        std=1.0,
        other_names=("head.weight",),
    )
    stack = deep_stack()
    others = stack["setup.parameters"]
    assert isinstance(others, tuple)
    facts = {
        **stack,
        "setup.parameters": (tied, *others),
        "train": failed_train(),
        "first_batch.loss.value": 69.5,
    }
    assert silent(badly_scaled_initialization, facts)
    cured = paired_trials({"as-configured": (0.2, 0.2), "default-init": (0.75, 0.76)})
    finding = found(badly_scaled_initialization, {**facts, "trials": cured})
    assert "tok.weight (tied to head.weight)" in finding.message
    untied = replace(tied, other_names=())
    assert silent(
        badly_scaled_initialization, {**facts, "setup.parameters": (untied, *others), "trials": cured}
    )


def test_embeddings_that_start_too_large_for_their_products() -> None:
    """Runs with a smaller start accuse embeddings from N(0, 1), and take a rate that goes less far for a crutch."""
    stack = deep_stack()
    others = stack["setup.parameters"]
    assert isinstance(others, tuple)
    table = Parameter(
        name="member.weight", layer="member", kind="Embedding", shape=(90, 10), fan_in=10, std=1.0
    )
    facts = {**stack, "setup.parameters": (table, *others), "train": failed_train()}
    scores = {"as-configured": (-3.0, -3.1), "small-embeddings": (0.9, 0.9), "lr*10": (0.8, 0.82)}
    finding = found(badly_scaled_initialization, {**facts, "trials": paired_trials(scores, chance=0.0)})
    assert "member.weight" in finding.message
    assert "instead of 0%" in finding.message
    assert "learning-rate-too-low" in finding.rules_out
    further = paired_trials({**scores, "lr*10": (0.97, 0.98)}, chance=0.0)
    assert silent(badly_scaled_initialization, {**facts, "trials": further})
    small_start = {**facts, "setup.parameters": (replace(table, std=0.05), *others)}
    assert silent(badly_scaled_initialization, {**small_start, "trials": paired_trials(scores, chance=0.0)})


def test_embeddings_of_a_run_that_fits_its_training_data() -> None:
    """The default is no fault of a run that has its training data right, and only generalises better from a smaller start."""
    stack = deep_stack()
    others = stack["setup.parameters"]
    assert isinstance(others, tuple)
    table = Parameter(name="emb.weight", layer="emb", kind="Embedding", shape=(400, 32), fan_in=32, std=1.0)
    pairs = paired_trials({"as-configured": (0.97, 0.968), "small-embeddings": (0.995, 0.998)}, chance=0.5)
    learnt = tuple(replace(trial, train_score=1.0) for trial in pairs.trials)
    facts = {**stack, "setup.parameters": (table, *others), "train": healthy_train()}
    assert "emb.weight" in found(badly_scaled_initialization, {**facts, "trials": pairs}).message
    assert silent(badly_scaled_initialization, {**facts, "trials": replace(pairs, trials=learnt)})
