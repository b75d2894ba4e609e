"""Probes of the train stage measure what a slow look measures, name what went wrong, and leave nothing behind."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.nn import functional

from cnndoctor.loop import Step, steps
from cnndoctor.patient.session import Computed, Session
from cnndoctor.probes import layers
from cnndoctor.probes.activations import ActivationWatch
from cnndoctor.probes.gradient_norm import gradient_norm, norm_parts, whole_norms
from cnndoctor.probes.layers import LayerMonitor, following
from cnndoctor.probes.origin import find_origin
from tests.small import node, small


def session_with(model: nn.Module) -> Session:
    """Return the small session with another model."""
    session = small().fresh()
    session.model = model
    session.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return session


def test_layer_series_are_those_of_a_slow_look() -> None:
    """Standard deviation, gradient, weight and update of a layer equal the plain formulas."""
    session = small().fresh()
    layer = session.model.get_submodule("head")
    assert isinstance(layer, nn.Linear)
    seen: dict[str, torch.Tensor] = {}
    handle = layer.register_forward_hook(lambda _m, _i, out: seen.update(output=out.detach()))
    monitor = LayerMonitor(session.model)
    with monitor.watching():
        for step in steps(session, list(session.train_loader)[:1]):
            before = layer.weight.detach().clone()
            assert layer.weight.grad is not None
            gradient = layer.weight.grad.clone()
            monitor.look(step)
    handle.remove()
    row = next(s for s in monitor.series({}, {}, {}) if s.path == "head")
    assert row.activation_std[0] == pytest.approx(float(seen["output"].std(correction=0)), rel=1e-3)
    assert row.activation_max[0] == pytest.approx(float(seen["output"].abs().max()), rel=1e-4)
    assert row.gradient_rms[0] == pytest.approx(float(gradient.square().mean().sqrt()), rel=1e-4)
    update = (layer.weight.detach() - before).norm() / before.norm()
    assert row.update_ratio[0] == pytest.approx(float(update), rel=1e-3)


def test_no_hook_stays_on_the_model() -> None:
    """After watching, every module has as many hooks as before."""
    session = small().fresh()
    with LayerMonitor(session.model).watching(), ActivationWatch(session.model).watching():
        pass
    assert all(not m._forward_hooks and not m._forward_pre_hooks for m in session.model.modules())


def test_looks_are_dense_first_then_sparse() -> None:
    """A hundred thousand steps are looked at about a hundred times."""
    looks = [0]
    while looks[-1] < 100_000:
        looks.append(following(looks[-1], 20))
    assert looks[:6] == [0, 1, 2, 4, 8, 16]
    assert 60 < len(looks) < 120


def test_gradient_norm_is_the_plain_one() -> None:
    """One fused reduction gives the norm of all gradients together; without any it is 0."""
    weights = [nn.Parameter(torch.randn(3, 4)), nn.Parameter(torch.randn(5))]
    assert float(gradient_norm(weights)) == 0
    for weight in weights:
        weight.grad = torch.randn_like(weight)
    whole = torch.cat([w.grad.flatten() for w in weights if w.grad is not None])
    assert float(gradient_norm(weights)) == pytest.approx(float(whole.norm()))


def test_norms_of_several_steps_are_read_together() -> None:
    """Parts kept step by step give each step's norm, also when a layer joins late or one kind of number differs."""
    weights = [nn.Parameter(torch.randn(3, 4)), nn.Parameter(torch.randn(5, dtype=torch.float64))]
    parts, wanted = [norm_parts(weights)], [0.0]
    for trained in ((0,), (0, 1), (0, 1)):
        for position in trained:
            weights[position].grad = torch.randn_like(weights[position])
        parts.append(norm_parts(weights))
        wanted.append(float(gradient_norm(weights)))
    assert whole_norms(parts) == pytest.approx(wanted)
    assert whole_norms(parts[2:]) == pytest.approx(wanted[2:])
    assert whole_norms([]) == []


class Functional(nn.Module):
    """Rectifies by a function, as most people do; half of its units have a hopeless bias."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(4, 8)
        self.head = nn.Linear(8, 2)
        with torch.no_grad():
            self.dense.weight.mul_(0.01)
            self.dense.bias.copy_(torch.tensor([-5.0] * 4 + [5.0] * 4))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.head(functional.relu(self.dense(inputs)))
        return out


def test_dead_units_are_seen_behind_modules_and_functions() -> None:
    """Units that never fire are counted per unit, whether the rectifier is a module or a function."""
    inputs = torch.randn(64, 4)
    model = Functional()
    watch = ActivationWatch(model)
    with watch.watching():
        model(inputs)
    assert watch.dead_shares() == {"dense (relu)": 0.5}
    twin = nn.Sequential(model.dense, nn.ReLU(inplace=True), model.head)
    watch = ActivationWatch(twin)
    with watch.watching():
        twin(inputs)
    assert watch.dead_shares() == {"1": 0.5}


def test_saturated_outputs_are_counted() -> None:
    """A tanh that is driven to its ends counts as saturated, a calm one does not."""
    dense = nn.Linear(4, 4)
    model = nn.Sequential(dense, nn.Tanh())
    with torch.no_grad():
        dense.weight.mul_(1000)
    watch = ActivationWatch(model)
    with watch.watching():
        model(torch.randn(64, 4))
    assert watch.saturated_shares()["1"] > 0.9


class LogOfZero(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(4, 2)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return torch.log(functional.relu(self.dense(inputs)) * 0)


class RootOfZero(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(4, 2)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return torch.sqrt(self.dense(inputs) * 0)


class MaskedEntropy(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(4, 2)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        outputs: torch.Tensor = self.dense(inputs)
        logarithms = outputs.masked_fill(torch.tensor([False, True]), -math.inf).log_softmax(1)
        return outputs - (logarithms.exp() * logarithms).sum(1, keepdim=True)


@pytest.mark.parametrize(
    ("model", "what", "operation"), [(LogOfZero, "loss", "log"), (RootOfZero, "gradient", "sqrt")]
)
def test_the_first_bad_operation_is_named(model: type[nn.Module], what: str, operation: str) -> None:
    """A log of zero in the forward and a square root's slope at zero in the backward are found by name."""
    session = session_with(model())
    batch = session.prepare(next(iter(session.train_loader)))
    found = find_origin(session, batch, 7)
    assert (found.step, found.what, found.operation) == (7, what, operation)


def test_nan_out_of_the_infinities_of_a_mask() -> None:
    """Where nothing finite became infinite, what made NaN of a mask's infinities is named, and said to be that."""
    session = session_with(MaskedEntropy())
    batch = session.prepare(next(iter(session.train_loader)))
    found = find_origin(session, batch, 0)
    assert (found.operation, found.largest) == ("mul", math.inf)
    assert "filled in on purpose" in found.detail


def test_bad_inputs_and_weights_are_told_from_operations() -> None:
    """NaN in the batch or in a weight before the step is said to be just that."""
    session = small(f"model={node('Net')}").fresh()
    batch = session.prepare(next(iter(session.train_loader)))
    broken = [batch[0] * float("nan"), batch[1]]
    assert find_origin(session, broken, 0).what == "input"
    with torch.no_grad():
        next(session.model.parameters()).fill_(float("inf"))
    assert find_origin(session, batch, 0).what == "weight"


def test_later_looks_keep_within_their_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks after the first ones are made only while they fit in the share of the time; the first ones always are."""
    clock = [0.0]
    monkeypatch.setattr(layers, "perf_counter", lambda: clock[0])

    def looks(cost: float, share: float) -> int:
        monitor = LayerMonitor(nn.Linear(2, 2), every=1, overhead=share)
        clock[0], made = 0.0, 0
        for index in range(4000):
            clock[0] += 1.0
            monitor.prepare(index)
            if monitor.next_look == index:
                monitor._disarm()
                monitor._costs.append(cost)
                monitor.next_look = layers.following(index, 1)
                made += 1
        return made

    cheap, dear = looks(0.001, 0.03), looks(20.0, 0.03)
    assert cheap > 40
    assert layers.SURE_LOOKS <= dear <= layers.SURE_LOOKS + 4000 * 0.03 / 20
    assert dear < looks(20.0, 0.5) <= cheap


def test_looks_count_what_the_rest_of_watching_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Curves and logs that use up the share make looks rarer; the run is still looked at when it has grown by a quarter."""
    clock = [0.0]
    monkeypatch.setattr(layers, "perf_counter", lambda: clock[0])

    def looks(besides: float) -> list[int]:
        monitor = LayerMonitor(nn.Linear(2, 2), every=1)
        clock[0] = 0.0
        for index in range(4000):
            clock[0] += 1.0
            monitor.prepare(index, besides=besides * clock[0])
            if monitor.next_look == index:
                monitor._disarm()
                monitor._costs.append(0.001)
                monitor.steps.append(index)
                monitor.next_look = layers.following(index, 1)
        return monitor.steps

    free, within, beyond = looks(0.0), looks(0.01), looks(0.05)
    assert free == within
    assert len(beyond) < len(free)
    assert beyond[: layers.SURE_LOOKS] == free[: layers.SURE_LOOKS]
    late = beyond[layers.SURE_LOOKS :]
    grid = 1 + 1 / layers.GROWTH
    assert all(after <= layers.AT_LEAST * grid * before + 2 for before, after in pairwise(late))


def test_large_activations_are_looked_at_in_samples_spread_over_the_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every third sample of a batch of large activations is taken whole; one that is small enough is taken as it is."""
    monkeypatch.setattr(layers, "MOST_ACTIVATIONS", 40)
    torch.manual_seed(0)
    model = nn.Linear(4, 10)
    batch = torch.randn(12, 4)
    monitor = LayerMonitor(model)
    with monitor.watching():
        output = model(batch).detach()
        step = Step(
            index=0,
            batch=None,
            loss=torch.zeros(()),
            computed=Computed(loss=torch.zeros(())),
            lrs=(),
        )
        monitor.look(step)
        for tell in step.after:
            tell(step)
    (row,) = monitor.series({}, {}, {})
    assert row.activation_std[0] == pytest.approx(float(output[::3].std(correction=0)), rel=1e-3)
    assert row.activation_max[0] == pytest.approx(float(output[::3].abs().max()), rel=1e-4)


def test_large_weights_are_looked_at_in_part() -> None:
    """Of a large weight the size and the update come from a sample; a row-sparse update that it misses says nothing."""
    torch.manual_seed(0)
    model = nn.Embedding(5000, 64)
    monitor = LayerMonitor(model)
    with monitor.watching():
        for seen, lr in enumerate((0.1, 0.0)):
            model.weight.grad = torch.randn_like(model.weight)
            norm = float(model.weight.detach().norm())
            monitor.prepare(seen)
            model(torch.tensor([1]))
            step = Step(
                index=seen,
                batch=None,
                loss=torch.zeros(()),
                computed=Computed(loss=torch.zeros(())),
                lrs=(lr,),
            )
            monitor.look(step)
            with torch.no_grad():
                model.weight.sub_(lr * model.weight.grad)
            step.after[0](step)
    (row,) = monitor.series({}, {}, {})
    assert row.weight_rms[0] == pytest.approx(norm / model.weight.numel() ** 0.5, rel=0.02)
    assert row.update_ratio[0] == pytest.approx(0.1, rel=0.03)
    assert math.isnan(row.update_ratio[1])


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.complex64, torch.complex128])
def test_layers_of_any_number_format_are_watched(dtype: torch.dtype) -> None:
    """Gradients and updates of double, half and complex weights are those of the plain formulas."""
    layer = nn.Linear(3, 2, dtype=dtype)
    session = session_with(layer)
    inputs = torch.randn(4, 3, dtype=dtype)
    monitor = LayerMonitor(layer)
    with monitor.watching():
        loss = layer(inputs).abs().square().mean()
        loss.backward()
        step = Step(index=0, batch=inputs, loss=loss.detach(), computed=Computed(loss=loss), lrs=(0.1,))
        monitor.look(step)
        session.optimizer.step()
        for tell in step.after:
            tell(step)
    assert layer.weight.grad is not None
    row = monitor.series({}, {}, {})[0]
    wide = torch.complex128 if dtype.is_complex else torch.float64
    expected = float(layer.weight.grad.to(wide).abs().square().mean().sqrt())
    assert row.gradient_rms[0] == pytest.approx(expected, rel=1e-2)
    assert row.update_ratio[0] > 0
