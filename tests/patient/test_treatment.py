"""Each change does what it says to a fresh session, and only that."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, RandomSampler, SequentialSampler

from cnndoctor.errors import UserCodeError
from cnndoctor.loop import end_epoch, steps
from cnndoctor.patient.changes import AS_CONFIGURED, Change
from cnndoctor.patient.session import Session
from cnndoctor.patient.treatment import (
    _scale_schedule,
    _unfreeze,
    apply_change,
    put_batch_first,
    reinitialise,
    replace_saturating,
    switch_dropout_off,
)
from tests.small import node, small


def change(**what: Any) -> Change:
    """Return a change."""
    return Change(name="x", words="x", **what)


def portrait(session: Session) -> dict[str, Any]:
    """Return everything a change could touch, as comparable values."""
    loader = session.train_loader
    assert isinstance(loader, DataLoader)
    return {
        "model": str(session.model),
        "weights": [p.detach().tolist() for p in session.model.parameters()],
        "optimizer": type(session.optimizer).__name__,
        "groups": [{k: v for k, v in g.items() if k != "params"} for g in session.optimizer.param_groups],
        "scheduler": copy.copy(session.scheduler.state_dict()) if session.scheduler else None,
        "smoothing": getattr(session.loss, "label_smoothing", None),
        "clip": session.clip_grad_norm,
        "accumulate": session.accumulate,
        "averaged": session.accumulate_normalised,
        "precision": (session.precision, session.scaler.is_enabled()),
        "loader": (loader.batch_size, type(loader.sampler).__name__, loader.drop_last),
        "inputs": session.change_inputs is None,
        "targets": session.change_targets is None,
    }


RICH = (
    "model.dropout=0.3",
    "loss.label_smoothing=0.1",
    "optimizer.weight_decay=0.01",
    "train={epochs: 2, accumulate: {steps: 2, normalise: false}, clip_grad_norm: 1.0, precision: bf16}",
    "scheduler={_target_: torch.optim.lr_scheduler.StepLR, step_size: 1}",
    "data.loader={batch_size: 8, shuffle: false}",
)
TOUCHES = {
    "nothing": (AS_CONFIGURED, set()),
    "rate": (change(lr_factor=0.1), {"groups", "scheduler"}),
    "optimizer": (change(optimizer="adam", lr=1e-3), {"optimizer", "groups", "scheduler"}),
    "other optimizer": (change(optimizer="sgd", lr=1e-3), {"groups", "scheduler"}),
    "dropout": (change(dropout_off=True), {"model"}),
    "decay": (change(weight_decay_off=True), {"groups"}),
    "schedule": (change(schedule_off=True), {"scheduler"}),
    "smoothing": (change(label_smoothing_off=True), {"smoothing"}),
    "clipping": (change(clip_grad_norm=0.1), {"clip"}),
    "inputs": (change(standardise_inputs=True), {"inputs"}),
    "targets": (change(standardise_targets=True), {"targets"}),
    "default weights": (change(default_init=True), {"weights"}),
    "He's weights": (change(he_init=True), {"weights"}),
    "accumulation": (change(accumulate_off=True), {"accumulate"}),
    "average": (change(averaged=True), {"averaged"}),
    "precision": (change(fp32=True), {"precision"}),
    "order": (change(shuffled=True), {"loader"}),
    "batch": (change(batch_factor=2), {"loader"}),
}


@pytest.mark.parametrize(("what", "touched"), TOUCHES.values(), ids=TOUCHES)
def test_change_touches_only_what_it_says(what: Change, touched: set[str]) -> None:
    """Everything else is as configured."""
    experiment = small(*RICH)
    plain, treated = portrait(experiment.fresh()), portrait(experiment.fresh(change=what))
    assert {name for name in plain if plain[name] != treated[name]} == touched


def test_changed_values() -> None:
    """The changed values are those the change names."""
    experiment = small(*RICH)
    group = experiment.fresh(change=change(lr_factor=0.1, weight_decay_off=True)).optimizer.param_groups[0]
    assert group["lr"] == pytest.approx(0.01)
    assert group["weight_decay"] == 0
    adam = experiment.fresh(change=change(optimizer="adam", lr=3e-4)).optimizer
    assert isinstance(adam, torch.optim.Adam)
    assert adam.param_groups[0]["lr"] == 3e-4
    for loader, size, sampler in (
        (experiment.fresh(change=change(batch_factor=3)).train_loader, 24, SequentialSampler),
        (experiment.fresh(change=change(shuffled=True)).train_loader, 8, RandomSampler),
    ):
        assert isinstance(loader, DataLoader)
        assert loader.batch_size == size
        assert isinstance(loader.sampler, sampler)


def test_larger_batches_keep_the_users_sampler() -> None:
    """Only the size changes, not what is drawn."""
    experiment = small(f"data.loader.sampler={node('Backwards')}")
    loader = experiment.fresh(change=change(batch_factor=2)).train_loader
    assert isinstance(loader, DataLoader)
    assert type(loader.sampler).__name__ == "Backwards"


SCHEDULES = {
    "StepLR": "step_size: 2, gamma: 0.5",
    "ExponentialLR": "gamma: 0.7",
    "CosineAnnealingLR": "T_max: 6, eta_min: 0.001",
    "CosineAnnealingWarmRestarts": "T_0: 3, eta_min: 0.001",
    "LinearLR": "total_iters: 4",
    "PolynomialLR": "total_iters: 5",
    "OneCycleLR": "max_lr: 0.3, total_steps: 8",
    "CyclicLR": "base_lr: 0.01, max_lr: 0.1, step_size_up: 2",
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_whole_schedule_is_scaled(name: str) -> None:
    """A tenth of the rate is a tenth of every rate that the schedule ever gives."""
    experiment = small(f"scheduler={{_target_: torch.optim.lr_scheduler.{name}, {SCHEDULES[name]}}}")

    def rates(session: Session) -> list[float]:
        seen = []
        for _ in range(7):
            for step in steps(session, list(session.train_loader)[:1]):
                seen.append(step.lrs[0])
            end_epoch(session)
        return seen

    plain, scaled = rates(experiment.fresh()), rates(experiment.fresh(change=change(lr_factor=0.1)))
    assert scaled == pytest.approx([rate / 10 for rate in plain])


def chained(optimizer: torch.optim.Optimizer) -> torch.optim.lr_scheduler.SequentialLR:
    """Return a warm-up followed by a cosine."""
    warm = torch.optim.lr_scheduler.LinearLR(optimizer, 0.1, total_iters=3)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 4)
    return torch.optim.lr_scheduler.SequentialLR(optimizer, [warm, cosine], milestones=[3])


def test_schedules_in_a_row_are_scaled_once() -> None:
    """Warm-up and cosine are both a tenth, and not a thousandth."""

    def rates(factor: float) -> list[float]:
        optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=0.1)
        scheduler = chained(optimizer)
        optimizer.param_groups[0]["lr"] *= factor
        _scale_schedule(scheduler, factor)
        seen = []
        for _ in range(7):
            seen.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        assert optimizer.param_groups[0]["initial_lr"] == pytest.approx(0.1 * factor)
        return seen

    assert rates(0.1) == pytest.approx([rate / 10 for rate in rates(1.0)])


def test_schedule_off_trains_at_the_peak() -> None:
    """A warm-up begins near zero; without the schedule the rate is the configured one."""
    experiment = small(
        "scheduler={_target_: torch.optim.lr_scheduler.LinearLR, start_factor: 0.01, total_iters: 5}"
    )
    session = experiment.fresh(change=change(schedule_off=True))
    assert session.scheduler is None
    assert session.optimizer.param_groups[0]["lr"] == pytest.approx(0.1)


class Attention(nn.Module):
    """Keeps its dropout rate as a number, as many do."""

    def __init__(self) -> None:
        super().__init__()
        self.dropout, self.p = 0.2, 0.9


class DropPath(nn.Module):
    """Stochastic depth."""

    def __init__(self) -> None:
        super().__init__()
        self.drop_prob = 0.1


def test_every_kind_of_dropout_is_switched_off() -> None:
    """Layers, recurrent nets, attention and stochastic depth; a number called p elsewhere is no dropout."""
    model = nn.Sequential(
        nn.Dropout(0.5),
        nn.Dropout2d(0.5),
        nn.LSTM(2, 2, 2, dropout=0.5),
        Attention(),
        DropPath(),
        nn.Dropout(0.0),
    )
    assert switch_dropout_off(model) == ["0", "1", "2", "3", "4"]
    assert model[2].dropout == 0
    assert model[3].dropout == 0
    assert model[3].p == 0.9
    assert switch_dropout_off(model) == []


def test_inner_saturating_layers_become_relu() -> None:
    """Sigmoid and tanh inside are replaced, wherever a shared one stands; the one on the output stays."""
    act = nn.Tanh()
    model = nn.Sequential(
        nn.Linear(2, 2), act, nn.Linear(2, 2), act, nn.Sequential(nn.Linear(2, 1)), nn.Sigmoid()
    )
    assert replace_saturating(model) == ["1", "3"]
    assert [type(layer).__name__ for layer in model] == [
        "Linear",
        "ReLU",
        "Linear",
        "ReLU",
        "Sequential",
        "Sigmoid",
    ]
    assert replace_saturating(nn.Sequential(nn.Tanh())) == []


def test_reinitialising_by_he() -> None:
    """He's rule has variance two over fan-in; biases are zero; a lazy layer waits."""
    torch.manual_seed(0)
    layer = nn.Linear(200, 300)
    model = nn.Sequential(layer, nn.LazyLinear(3))
    nn.init.constant_(layer.weight, 0.5)
    reinitialise(model, he=True)
    assert float(layer.weight.detach().var()) == pytest.approx(2 / 200, rel=0.05)
    assert not layer.bias.detach().any()


@pytest.mark.parametrize("settings", [(), (f"data.loader.collate_fn={node('mirrored', _partial_=True)}",)])
def test_standardised_inputs(settings: tuple[str, ...]) -> None:
    """Features come with mean 0 and deviation 1, targets as they were; the random state is untouched."""
    session = small("data.loader.batch_size=48", *settings).fresh(change=change(standardise_inputs=True))
    batch = next(iter(session.train_loader))
    inputs, labels = session.prepare(batch)
    assert inputs.mean(0).abs().max() < 1e-5
    assert (inputs.var(0, correction=0) - 1).abs().max() < 1e-4
    assert torch.equal(labels, batch[1])


def test_standardising_leaves_what_it_cannot_scale() -> None:
    """Another width than the one measured passes through; integers do too."""
    session = small().fresh(change=change(standardise_inputs=True, standardise_targets=True))
    assert session.change_inputs is not None
    assert session.change_targets is not None
    wide = torch.rand(3, 9)
    assert torch.equal(session.change_inputs(wide), wide)
    assert session.change_targets(torch.tensor([1, 2])).tolist() == [1, 2]


def test_unfrozen_parameters_train() -> None:
    """What was frozen trains, also where the optimizer never held it, and no group is added."""
    session = small().fresh()
    first = next(session.model.parameters())
    first.requires_grad_(False)
    session.optimizer = torch.optim.SGD([p for p in session.model.parameters() if p.requires_grad], lr=0.1)
    before = first.detach().clone()
    _unfreeze(session)
    assert len(session.optimizer.param_groups) == 1
    for _ in steps(session, session.train_loader):
        pass
    assert not torch.equal(before, first)


def test_all_trainable_parameters_are_given_to_the_optimizer() -> None:
    """What was left out trains, in plain containers too; what is frozen stays so, and no group is added."""
    session = small().fresh()
    left_out, frozen = list(session.model.parameters())[:2]
    frozen.requires_grad_(False)
    hidden = nn.Linear(2, 2)
    session.model.hidden = [hidden]  # type: ignore[assignment]
    session.optimizer = torch.optim.SGD(list(session.model.parameters())[2:], lr=0.1)
    held = len(session.optimizer.param_groups[0]["params"])
    apply_change(session, change(all_held=True))
    group = session.optimizer.param_groups[0]["params"]
    assert len(session.optimizer.param_groups) == 1
    assert len(group) == held + 3
    assert {id(p) for p in group} >= {id(left_out), id(hidden.weight), id(hidden.bias)}
    assert id(frozen) not in {id(p) for p in group}


def test_a_summed_loss_is_averaged() -> None:
    """The loss of a batch is divided by its size; a loss that is a mean stays as it is."""
    experiment = small("loss.reduction=sum")
    summed, mean = (experiment.fresh(change=c) for c in (AS_CONFIGURED, change(mean_loss=True)))
    batch = next(iter(summed.train_loader))
    before, after = (float(session.compute(batch).loss.detach()) for session in (summed, mean))
    assert after == pytest.approx(before / len(batch[0]))


@pytest.mark.parametrize(("axis", "shape"), [(-1, (8, 1)), (1, (8, 1, 1, 1))])
def test_the_last_axis_of_the_output_is_dropped_or_added(axis: int, shape: tuple[int, ...]) -> None:
    """An axis of size one goes or comes at the end of [8, 1, 1]; the numbers stay."""
    session = small().fresh()
    session.model = nn.Flatten(2)
    inputs = torch.randn(8, 1, 1)
    apply_change(session, change(output_axis=axis))
    assert torch.equal(session.forward(inputs), inputs.reshape(shape))


def test_the_activation_of_the_output_is_taken_off() -> None:
    """A session with the change gives the scores themselves."""
    session = small().fresh()
    session.model = nn.Sequential(session.model, nn.Softmax(dim=1))
    inputs = torch.randn(8, 4)
    apply_change(session, change(bare_output=True))
    assert torch.equal(session.forward(inputs), session.model[0](inputs))


def test_embeddings_start_smaller_and_a_tied_layer_with_them() -> None:
    """A deviation of 1 becomes 0.05 in the table and in what shares it; a smaller one stays as it is."""
    session = small().fresh()
    table, low = nn.Embedding(50, 8), nn.Embedding(50, 8)
    head = nn.Linear(8, 50, bias=False)
    head.weight = table.weight
    nn.init.normal_(low.weight, std=0.02)
    before = low.weight.detach().clone()
    session.model = nn.ModuleList([table, head, low])
    apply_change(session, change(small_embeddings=True))
    assert head.weight.std().item() == pytest.approx(0.05, rel=1e-3)
    assert torch.equal(low.weight, before)


@pytest.mark.parametrize(
    "layer", [nn.Conv2d(1, 3, 3, stride=2), nn.MaxPool2d(3, stride=2), nn.AvgPool2d(3, 2)]
)
def test_a_layer_steps_by_one(layer: nn.Module) -> None:
    """A convolution or pooling looks at every place, and at no other layer's."""
    session = small().fresh()
    session.model = nn.Sequential(layer, nn.MaxPool2d(2))
    apply_change(session, change(finer="0"))
    assert session.model[0](torch.randn(2, 1, 9, 9)).shape[2:] == (7, 7)
    assert session.model[1](torch.randn(2, 1, 8, 8)).shape[2:] == (4, 4)


def test_without_penalty_the_data_loss_is_left() -> None:
    """What the step reports as penalty is taken off the loss, and the outputs are the same."""
    experiment = small(f"step={node('whole_step', _partial_=True)}")
    whole, freed = (experiment.fresh(change=c) for c in (AS_CONFIGURED, change(penalty_off=True)))
    batch = next(iter(whole.train_loader))
    before, after = (session.compute(session.prepare(batch)) for session in (whole, freed))
    assert before.penalty is not None
    assert float(before.penalty.detach()) > 0
    assert float(after.loss.detach()) == pytest.approx(
        float(before.loss.detach()) - float(before.penalty.detach())
    )
    assert torch.equal(before.outputs, after.outputs)


class CutNet(nn.Module):
    """A network whose first layer is cut off; fails where it is told to."""

    def __init__(self, *, fails: bool = False) -> None:
        super().__init__()
        self.first, self.last, self.fails = nn.Linear(4, 4), nn.Linear(4, 3), fails

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        if self.fails:
            raise ValueError("as told")
        scores: torch.Tensor = self.last(self.first(inputs).detach())
        return scores


def cut_session(what: Change, *, fails: bool = False) -> Session:
    """Return a session of the small experiment with a network that is cut."""
    session = small().fresh(change=what)
    session.model = CutNet(fails=fails)
    return session


def test_attached_keeps_values_in_the_graph_of_its_own_session() -> None:
    """The forward of this session has no cut; another session's, and this one's without gradients, are as configured."""
    attached, plain = cut_session(change(attached=True)), cut_session(AS_CONFIGURED)
    for session in (attached, plain):
        session.forward(torch.ones(2, 4)).sum().backward()
    assert next(attached.model.parameters()).grad is not None
    assert next(plain.model.parameters()).grad is None
    with torch.no_grad():
        assert not attached.forward(torch.ones(2, 4)).requires_grad


def test_attached_is_removed_after_an_exception() -> None:
    """A forward that raises leaves detach as it was."""
    session = cut_session(change(attached=True), fails=True)
    with pytest.raises(UserCodeError):
        session.forward(torch.ones(2, 4))
    assert not torch.ones(1, requires_grad=True).detach().requires_grad


def test_attached_holds_in_a_step() -> None:
    """A cut in a step of the user's own is closed, too."""
    session = small().fresh(change=change(attached=True))
    session.step = lambda model, batch, loss: loss(2 * model(batch[0]).detach(), batch[1])
    assert session.compute(session.prepare(next(iter(session.train_loader)))).loss.requires_grad


def test_layers_get_an_activation() -> None:
    """Behind the named layers alone nothing negative is left; the next session is as configured."""
    experiment = small()
    batch = torch.randn(64, 4)
    bare = experiment.fresh().model
    activated = experiment.fresh(change=change(activated=("head",))).model
    assert torch.equal(activated(batch), bare(batch).relu())
    assert torch.equal(experiment.fresh().model(batch), bare(batch))


class Bare(nn.Module):
    """Holds weight matrices of its own beside a layer: what no layer initialises."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(40, 30)
        self.matrix = nn.Parameter(torch.full((60, 50), 0.7))
        self.kernel = nn.Parameter(torch.zeros(20, 8, 3, 3))
        self.scale = nn.Parameter(torch.full((50,), 0.3))
        self.gain = nn.Parameter(torch.ones(6, 50))
        self.column = nn.Parameter(torch.full((50, 1), 0.3))
        self.frozen = nn.Parameter(torch.full((60, 50), 0.4), requires_grad=False)
        self.later = nn.UninitializedParameter()


@pytest.mark.parametrize(
    ("he", "deviation"), [(False, (3 * 50) ** -0.5), (True, (2 / 50) ** 0.5)], ids=["default", "He"]
)
def test_bare_matrices_are_initialised_as_a_linear_layers_would_be(he: bool, deviation: float) -> None:
    """Variance 1/3 over fan-in by PyTorch's rule, 2 over fan-in by He's; constants and zeros come to life."""
    torch.manual_seed(0)
    model = Bare()
    reinitialise(model, he=he)
    matrix, kernel = model.matrix.detach(), model.kernel.detach()
    assert float(matrix.std()) == pytest.approx(deviation, rel=0.05)
    assert float(kernel.std()) == pytest.approx(deviation * (50 / 72) ** 0.5, rel=0.1)
    assert abs(float(matrix.mean())) < 0.1 * deviation
    assert he or float(matrix.abs().max()) <= 50**-0.5


@pytest.mark.parametrize("he", [False, True], ids=["default", "He"])
def test_what_is_no_weight_matrix_stays(he: bool) -> None:
    """Vectors, columns, gains that start as ones, frozen matrices and those without a shape yet are left as they are."""
    model = Bare()
    reinitialise(model, he=he)
    for name, value in (("scale", 0.3), ("gain", 1.0), ("column", 0.3), ("frozen", 0.4)):
        assert bool((model.get_parameter(name) == value).all()), name
    assert isinstance(model.later, nn.UninitializedParameter)


def test_a_module_that_resets_itself_is_reset_by_itself() -> None:
    """Where the user's module says how its matrices begin, that is the default; nothing is laid over it."""

    class Orthogonal(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.matrix = nn.Parameter(torch.zeros(8, 8))

        def reset_parameters(self) -> None:
            nn.init.eye_(self.matrix)

    for he in (False, True):
        model = Orthogonal()
        reinitialise(nn.Sequential(model), he=he)
        assert torch.equal(model.matrix.detach(), torch.eye(8))


def in_threes(change_: Change) -> DataLoader[Any]:
    """Return the loader of training data that a sampler of batches orders by threes, with a change."""
    loader = small(f"data.loader={{batch_sampler: {node('Threes')}}}").fresh(change=change_).train_loader
    assert isinstance(loader, DataLoader)
    return loader


def test_a_sampler_of_batches_gives_way_to_random_order() -> None:
    """Shuffled batches are as long as the sampler's first one, hold every sample once, and come in another order each time."""
    plain, shuffled = in_threes(AS_CONFIGURED), in_threes(change(shuffled=True))
    assert plain.batch_size is None
    assert shuffled.batch_size == 3
    assert isinstance(shuffled.sampler, RandomSampler)
    rows = [[row.tolist() for inputs, _ in shuffled for row in inputs] for _ in range(2)]
    assert rows[0] != rows[1]
    assert sorted(rows[0]) == sorted(rows[1]) == sorted(shuffled.dataset.inputs.tolist())  # type: ignore[attr-defined]


def test_a_sampler_of_batches_keeps_its_batches_where_only_their_size_would_change() -> None:
    """Who composes batches decides how long they are: larger ones have no meaning there."""
    loader = in_threes(change(batch_factor=2))
    assert loader.batch_size is None
    assert type(loader.batch_sampler).__name__ == "Threes"


def test_asking_a_sampler_for_its_first_batch_draws_nothing() -> None:
    """A sampler that draws at random is asked how long its batches are, and the random stream goes on as it would."""

    class Drawn:
        def __iter__(self) -> Any:
            return iter([torch.randperm(48)[:5].tolist()])

        def __len__(self) -> int:
            return 1

    session = small().fresh()
    blobs = session.train_loader.dataset  # type: ignore[attr-defined]
    session.train_loader = DataLoader(blobs, batch_sampler=Drawn())
    state = torch.get_rng_state()
    apply_change(session, change(shuffled=True))
    assert torch.equal(torch.get_rng_state(), state)
    assert session.train_loader.batch_size == 5


class Numbers(IterableDataset[tuple[torch.Tensor, int]]):
    """Forty samples that come in order."""

    def __iter__(self) -> Any:
        return iter([(torch.full((3,), float(n)), n) for n in range(40)])


def test_a_stream_is_read_out_to_be_shuffled(monkeypatch: pytest.MonkeyPatch) -> None:
    """All samples of a stream come in another order every epoch; a stream too long to be held stays as it is."""
    session = small().fresh()
    session.train_loader = streamed = DataLoader(Numbers(), batch_size=8)
    apply_change(session, change(shuffled=True))
    first, second = ([int(label) for _, labels in session.train_loader for label in labels] for _ in "ab")
    assert sorted(first) == sorted(second) == list(range(40))
    assert first not in (second, list(range(40)))
    monkeypatch.setattr("cnndoctor.patient.treatment.MOST_STREAMED", 39)
    session.train_loader = streamed
    apply_change(session, change(shuffled=True))
    assert session.train_loader is streamed


def test_a_loader_without_batches_or_with_empty_ones_stays() -> None:
    """Samples one by one, and a sampler that has no batch, leave nothing to be put into another order."""
    session = small().fresh()
    blobs = session.train_loader.dataset  # type: ignore[attr-defined]
    for loader in (DataLoader(blobs, batch_size=None), DataLoader(blobs, batch_sampler=[])):
        session.train_loader = loader
        apply_change(session, change(shuffled=True))
        assert session.train_loader is loader


class Sequences(nn.Module):
    """A recurrent layer, attention and an encoder; two of them take steps first, one samples."""

    def __init__(self, *, first: bool) -> None:
        super().__init__()
        self.rnn = nn.GRU(4, 6, batch_first=first)
        self.attention = nn.MultiheadAttention(6, 2, batch_first=first)
        self.last = nn.LSTM(6, 3, batch_first=True)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        states, _ = self.rnn(rows)
        mixed, _ = self.attention(states, states, states)
        scores: torch.Tensor = self.last(mixed)[0][:, -1]
        return scores


def test_layers_take_samples_first() -> None:
    """Every layer that took steps first is turned and named; samples then no longer meet."""
    model = Sequences(first=False)
    assert put_batch_first(model) == ["rnn", "attention"]
    rows = torch.randn(5, 7, 4, generator=torch.Generator().manual_seed(0))
    other = torch.cat([rows[:1], torch.zeros(4, 7, 4)])
    assert torch.allclose(model(rows)[0], model(other)[0], atol=1e-6)
    assert not torch.allclose(Sequences(first=False)(rows)[0], Sequences(first=False)(other)[0], atol=1e-6)


@pytest.mark.parametrize("training", [True, False])
def test_an_encoder_takes_samples_first(training: bool) -> None:
    """Attention inside of torch's own encoder is turned as if it had been built so, on its fast path in eval mode, too."""

    def encoder(*, first: bool) -> nn.TransformerEncoder:
        layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=first)
        return nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    turned, right = encoder(first=False), encoder(first=True)
    right.load_state_dict(turned.state_dict())
    assert put_batch_first(turned) == ["layers.0.self_attn", "layers.1.self_attn"]
    rows = torch.randn(5, 7, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        ours, theirs = (model.train(training)(rows) for model in (turned, right))
    assert torch.allclose(ours, theirs, atol=1e-6)


def test_nothing_to_be_turned_is_told() -> None:
    """Where every layer takes samples first, or there is none, the treatment does not fit this model."""
    for model in (Sequences(first=True), nn.Linear(2, 2)):
        with pytest.raises(RuntimeError, match="no layer takes the batch axis second"):
            put_batch_first(model)


def test_a_session_is_treated_by_samples_first() -> None:
    """A session with the change gives what the same weights give with samples first."""
    session = small().fresh()
    torch.manual_seed(0)
    session.model = Sequences(first=False)
    apply_change(session, change(batch_first=True))
    right = Sequences(first=True)
    right.load_state_dict(session.model.state_dict())
    rows = torch.randn(5, 7, 4)
    assert torch.equal(session.forward(rows), right(rows))


SCORES = torch.randn(4, 3, 2, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("through", "axis", "expected"),
    [
        ("sigmoid", 1, SCORES.sigmoid()),
        ("log_softmax", 1, SCORES.log_softmax(1)),
        ("log_softmax", 2, SCORES.log_softmax(2)),
        ("log", 1, SCORES.exp().log()),
    ],
)
def test_the_output_goes_through_what_its_loss_wants(through: str, axis: int, expected: torch.Tensor) -> None:
    """Scores become probabilities or log-probabilities of the right axis, probabilities their logarithm."""
    session = small().fresh()
    session.model = nn.Identity()
    apply_change(session, change(output_through=through, class_axis=axis))
    given = SCORES.exp() if through == "log" else SCORES
    assert torch.allclose(session.forward(given), expected, atol=1e-6)


def test_another_activation_stands_in_place_of_the_last() -> None:
    """A softmax over samples is taken off before log_softmax over classes is put on, and not laid over it."""
    session = small().fresh()
    session.model = nn.Sequential(nn.Identity(), nn.Softmax(dim=0))
    apply_change(session, change(bare_output=True, output_through="log_softmax", class_axis=1))
    assert torch.allclose(session.forward(SCORES), SCORES.log_softmax(1), atol=1e-6)


def test_an_optimizer_that_climbed_descends() -> None:
    """Steps of ``maximize`` go the other way; an optimizer that has no such setting gets none."""
    climbing, descending = (
        small("optimizer.maximize=true").fresh(change=c) for c in (AS_CONFIGURED, change(descending=True))
    )
    assert climbing.optimizer.param_groups[0]["maximize"] is True
    assert descending.optimizer.param_groups[0]["maximize"] is False
    starts = [parameter.detach().clone() for parameter in climbing.model.parameters()]
    batch = next(iter(climbing.train_loader))
    for session in (climbing, descending):
        for _ in steps(session, [batch]):
            pass
    up, down = (
        [p.detach() - start for p, start in zip(session.model.parameters(), starts, strict=True)]
        for session in (climbing, descending)
    )
    assert all(torch.allclose(a, -b, atol=1e-6) for a, b in zip(up, down, strict=True))
    assert max(float(a.abs().max()) for a in up) > 1e-3
    lbfgs = small().fresh()
    lbfgs.optimizer = torch.optim.LBFGS(lbfgs.model.parameters())
    apply_change(lbfgs, change(descending=True))
    assert "maximize" not in lbfgs.optimizer.param_groups[0]
