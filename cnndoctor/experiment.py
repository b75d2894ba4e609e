"""The experiment: a config turned into data sets once, and into a fresh, seeded session whenever a stage asks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn
from torch.amp.grad_scaler import GradScaler
from torch.utils.data import DataLoader, IterableDataset

from cnndoctor import factory
from cnndoctor.config import Config
from cnndoctor.config.node import Node
from cnndoctor.errors import ConfigError, Problem
from cnndoctor.patient.batches import Members
from cnndoctor.patient.changes import AS_CONFIGURED, Change
from cnndoctor.patient.randomness import preserved_randomness, seed_everything
from cnndoctor.patient.session import Session
from cnndoctor.patient.task import Task, infer_task, is_yes_or_no
from cnndoctor.patient.treatment import apply_change
from cnndoctor.patient.used_members import used_members
from cnndoctor.user_code import user_code

METRIC_METHODS = ("update", "compute", "reset")


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """An experiment that can be examined.

    Attributes:
        config: The experiment file.
        device: Where models live.
        seed: Seed of everything built for it.
        task: What kind of problem it is.
        train_data: The training data set; None with a finished loader.
        validation_data: The validation data set; None without one or with a finished loader.
        members: Which members of a batch are inputs and targets: as the file names them, or as a step was seen to use them.
    """

    config: Config
    device: torch.device
    seed: int
    task: Task
    train_data: Any
    validation_data: Any
    members: Members

    @property
    def has_validation(self) -> bool:
        """Return whether a validation set or a finished validation loader is configured."""
        return self.config.data.validation is not None or isinstance(self.config.data.validation_loader, Node)

    def fresh(self, *, seed: int | None = None, change: Change = AS_CONFIGURED) -> Session:
        """Build a new model, loss, optimizer, schedule and loaders, in the order a user does; randomness is seeded.

        The global random state is left seeded: what follows (shuffling, dropout) is reproducible from ``seed``.

        Args:
            seed: Seed of this session; the experiment's own by default.
            change: One deliberate difference from the configuration.

        Raises:
            UserCodeError: A factory of the user raised.
            ConfigError: A factory returned something unusable.
        """
        seed = self.seed if seed is None else seed
        seed_everything(seed)
        model = self.build_model()
        loss = self.build_loss()
        optimizer = self.build_optimizer(model)
        scheduler = self._build_scheduler(optimizer)
        train, settings = self.config.train, self.config.scheduler
        session = Session(
            model=model.train(),
            loss=loss,
            optimizer=optimizer,
            scheduler=scheduler,
            scheduler_interval=settings.interval if settings else "epoch",
            scheduler_monitor=(settings.monitor or "") if settings else "",
            step=self._build_step(),
            train_loader=self.train_loader(),
            validation_loader=self.validation_loader(),
            members=self.members,
            device=self.device,
            precision=train.precision,
            scaler=GradScaler(self.device.type, enabled=train.precision == "fp16"),
            accumulate=train.accumulate.steps,
            accumulate_normalised=train.accumulate.normalise,
            clip_grad_norm=train.clip_grad_norm or 0.0,
            seed=seed,
        )
        if change is not AS_CONFIGURED:
            apply_change(session, change)
        return session

    def build_model(self) -> nn.Module:
        """Build the model and move it to the device."""
        model = self._build(self.config.model)
        if not isinstance(model, nn.Module):
            raise _refused(
                self.config,
                "model",
                f"the model factory returned {_kind(model)}; it must return a torch.nn.Module.",
            )
        scripted = next((n for n, m in model.named_modules() if isinstance(m, torch.jit.ScriptModule)), None)
        if scripted is not None:
            raise _refused(
                self.config,
                "model",
                f"{scripted or 'the model'} is compiled by TorchScript, which lets nobody look at its layers.",
                "Return the model as it is before torch.jit.script or torch.jit.trace; torch.compile may stay.",
            )
        with user_code("move model to device"):
            return model.to(self.device)

    def build_loss(self) -> Callable[..., Any] | None:
        """Build the loss; None when the step needs none."""
        if self.config.loss is None:
            return None
        loss = self._build(self.config.loss)
        if not callable(loss):
            hint = (
                "Write `_partial_: true` beside the target to hand a plain function on instead of calling it."
            )
            raise _refused(self.config, "loss", f"the loss is {_kind(loss)}, which cannot be called.", hint)
        return loss.to(self.device) if isinstance(loss, nn.Module) else loss

    def build_optimizer(self, model: nn.Module) -> torch.optim.Optimizer:
        """Build the optimizer; a factory whose first parameter is called ``model`` gets the model itself."""
        target = factory.resolve(self.config.optimizer, self.config.folder)
        argument: object = model if _first_parameter(target) == "model" else model.parameters()
        optimizer = self._build(self.config.optimizer, argument)
        if not isinstance(optimizer, torch.optim.Optimizer):
            raise _refused(
                self.config,
                "optimizer",
                f"the optimizer factory returned {_kind(optimizer)}; it must return one torch.optim.Optimizer.",
                "Where parts of the model want settings of their own, give it a parameter group for each.",
            )
        return optimizer

    def build_metrics(self) -> dict[str, Any]:
        """Build the user's metrics, by name, on the device.

        Raises:
            UserCodeError: A metric could not be built.
            ConfigError: What was built has no ``update``, ``compute`` and ``reset``.
        """
        built: dict[str, Any] = {}
        for name, node in self.config.metrics.items():
            metric = self._build(node)
            missing = [method for method in METRIC_METHODS if not callable(getattr(metric, method, None))]
            if missing:
                raise _refused(
                    self.config,
                    f"metrics.{name}",
                    f"the metric {name!r} is {_kind(metric)}, which has no {' and no '.join(missing)}.",
                    "A metric follows the protocol of torchmetrics: a class with update(outputs, targets), compute() that "
                    "returns the value of all batches since reset(), and reset().",
                )
            with user_code(f"metric {name}"):
                built[name] = metric.to(self.device) if hasattr(metric, "to") else metric
        return built

    def train_loader(self) -> Iterable[Any]:
        """Build the loader of the training split: shuffled unless it says otherwise or the data set is iterable."""
        data = self.config.data
        if data.train_loader is not None:
            return self._finished(data.train_loader)
        return self._loader(self.train_data, dict(data.loader), training=True)

    def validation_loader(self) -> Iterable[Any] | None:
        """Build the loader of the validation split: never shuffled, never dropping; None without validation."""
        data = self.config.data
        if isinstance(data.validation_loader, Node):
            return self._finished(data.validation_loader)
        if self.validation_data is None:
            return None
        return self._loader(self.validation_data, self.validation_settings, training=False)

    @property
    def validation_settings(self) -> dict[str, Any]:
        """Return the settings of the validation split's loader: those of training with its own laid over them."""
        own = self.config.data.validation_loader
        return {**self.config.data.loader, **({} if own is None or isinstance(own, Node) else own)}

    def plain_loader(self, dataset: object, *, training: bool = False, **overrides: Any) -> Iterable[Any]:  # noqa: ANN401
        """Build a loader of the user's settings over another data set (a subset, say), with overrides."""
        return self._loader(dataset, {**self.config.data.loader, **overrides}, training=training)

    def _finished(self, node: Node) -> Iterable[Any]:
        loader = self._build(node)
        if not hasattr(loader, "__iter__"):
            raise _refused(
                self.config,
                node.key,
                f"the loader factory returned {_kind(loader)}, which cannot be iterated.",
            )
        return loader  # type: ignore[no-any-return]

    def _loader(self, dataset: Any, settings: Mapping[str, Any], *, training: bool) -> DataLoader[Any]:  # noqa: ANN401
        built: dict[str, Any] = {}
        for name, value in settings.items():
            gets_data = (dataset,) if name in {"sampler", "batch_sampler"} else ()
            built[name] = self._build(value, *gets_data) if isinstance(value, Node) else value
        ordered = built.get("sampler") is not None or built.get("batch_sampler") is not None
        if not training:
            built["drop_last"] = False
            built.pop("shuffle", None)
        elif not isinstance(dataset, IterableDataset) and not ordered:
            built.setdefault("shuffle", True)
        if built.get("batch_sampler") is not None:
            for name in ("batch_size", "shuffle", "drop_last"):
                built.pop(name, None)
        with user_code("build data.loader"):
            return DataLoader(dataset, **built)

    def _build_scheduler(self, optimizer: torch.optim.Optimizer) -> Any:  # noqa: ANN401
        settings = self.config.scheduler
        return None if settings is None else self._build(settings.node, optimizer)

    def _build_step(self) -> Callable[..., Any] | None:
        if self.config.step is None:
            return None
        step = self._build(self.config.step)
        if not callable(step):
            hint = "Write `_partial_: true` beside the target to hand the function itself on."
            raise _refused(self.config, "step", f"the step is {_kind(step)}, which cannot be called.", hint)
        return step  # type: ignore[no-any-return]

    def _build(self, node: Node, *arguments: object, **keywords: object) -> Any:  # noqa: ANN401
        return factory.build(node, *arguments, config_dir=self.config.folder, **keywords)


def open_experiment(config: Config, *, device: str | None = None, seed: int | None = None) -> Experiment:
    """Build the data sets of a config and find out device and task; the first thing an examination does.

    Args:
        config: The experiment file.
        device: Overrides the config's device.
        seed: Overrides the config's seed.

    Raises:
        ConfigError: The device is not there, a data set is empty, or a factory returned something unusable.
        UserCodeError: A factory of the user raised.
    """
    chosen = find_device(config, device or config.device, told="--device" if device else "")
    seed = config.seed if seed is None else seed
    seed_everything(seed)
    train_data, validation_data = _dataset(config, "train"), _dataset(config, "validation")
    experiment = Experiment(
        config=config,
        device=chosen,
        seed=seed,
        task=Task.CUSTOM,
        train_data=train_data,
        validation_data=validation_data,
        members=members_of(config),
    )
    batch = _first_batch(experiment)
    _refuse_unknown_members(experiment, batch)
    experiment = replace(experiment, members=_seen_members(experiment, batch) or experiment.members)
    told = config.task != "auto"
    return replace(experiment, task=Task(config.task) if told else _inferred_task(experiment, batch))


def _refuse_unknown_members(experiment: Experiment, batch: object) -> None:
    """Refuse names that no batch has beside a step, which would never miss them: what is looked at would be nothing.

    Raises:
        ConfigError: The experiment names a member that the first batch does not have.
    """
    if experiment.config.step is None or batch is _UNREADABLE:
        return
    for setting, message in experiment.members.unknown(batch):
        raise _refused(experiment.config, setting, f"{message}.")


def _seen_members(experiment: Experiment, batch: object) -> Members | None:
    """Return the members that a step was seen to use, where the file names none; None where that says nothing new."""
    named = experiment.config.data.inputs is not None or experiment.config.data.targets is not None
    if experiment.config.step is None or named or batch is _UNREADABLE:
        return None
    with preserved_randomness():
        try:
            session = experiment.fresh()
            return used_members(session, session.prepare(batch))
        except Exception:  # noqa: BLE001 - the first-batch stage runs the same step and reports what it raises
            return None


def find_device(config: Config, name: str, *, told: str = "") -> torch.device:
    """Return the device of this name; ``auto`` takes CUDA, then MPS, then the CPU.

    Args:
        config: Whose key ``device`` is to blame.
        name: auto, cpu, cuda, cuda:1 or mps.
        told: Where the name stands instead, for example ``--device``.

    Raises:
        ConfigError: The device is not on this machine.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    hint = "Use `device: auto`, or `--device cpu`."
    try:
        device = torch.device(name)
    except RuntimeError as error:
        message = f"'{name}' is no device; write auto, cpu, cuda, cuda:1 or mps."
        raise _refused(config, "device", message, told=told and f"{told} {name}") from error
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).strip().splitlines()[0].rstrip(".")
        message = f"device '{name}' is not available here ({reason})."
        raise _refused(config, "device", message, hint, told=told and f"{told} {name}") from error
    return device


def members_of(config: Config) -> Members:
    """Return which members of a batch are inputs and targets, as ``data.inputs`` and ``data.targets`` say."""
    inputs, targets = config.data.inputs, config.data.targets
    return Members(inputs=_key(inputs, 0), targets=_key(targets, 1))


def _key(value: object, default: int) -> str | int | tuple[str | int, ...]:
    if value is None:
        return default
    if isinstance(value, list | tuple):
        return tuple(value)
    return value  # type: ignore[return-value]


def _dataset(config: Config, split: str) -> Any:  # noqa: ANN401 - a data set is whatever the user's factory returns
    node = getattr(config.data, split)
    if node is None:
        return None
    dataset = factory.build(node, config_dir=config.folder)
    if not hasattr(dataset, "__getitem__") and not hasattr(dataset, "__iter__"):
        message = (
            f"the data set factory returned {_kind(dataset)}, which can be neither indexed nor iterated."
        )
        raise _refused(config, f"data.{split}", message)
    if isinstance(dataset, DataLoader):
        hint = f"Write it under `data.{split}_loader`, or return the data set and let `data.loader` batch it."
        raise _refused(config, f"data.{split}", "the data set factory returned a finished DataLoader.", hint)
    if isinstance(dataset, Iterator):
        hint = (
            "Return an object whose `__iter__` starts anew, for example a torch.utils.data.IterableDataset."
        )
        message = f"the data set factory returned {_kind(dataset)}, which can be read only once."
        raise _refused(config, f"data.{split}", message, hint)
    if hasattr(dataset, "__len__"):
        with user_code(f"build data.{split}"):
            size = len(dataset)
        if size == 0:
            raise _refused(config, f"data.{split}", f"the {split} data set is empty: len() is 0.")
    if hasattr(dataset, "__iter__") and not hasattr(dataset, "__getitem__"):
        return dataset if isinstance(dataset, IterableDataset) else _Iterated(dataset)
    return dataset


class _Iterated(IterableDataset[Any]):
    """Tells torch that an object that can only be iterated is an iterable data set."""

    def __init__(self, samples: Iterable[Any]) -> None:
        self.samples = samples

    def __iter__(self) -> Iterator[Any]:
        return iter(self.samples)


_UNREADABLE = object()  # a batch that the data stage will report on


def _inferred_task(experiment: Experiment, batch: object) -> Task:
    """Look at the loss and one batch of targets; an experiment that cannot give a batch is custom (a stage tells why)."""
    with preserved_randomness():
        loss = experiment.build_loss()
        if batch is _UNREADABLE:
            return Task.CUSTOM
        if experiment.config.step is not None:
            return _task_of_step(experiment, batch)
        targets = experiment.members.targets_of(batch)
        told = getattr(targets, "ndim", 0) > 1 or is_yes_or_no(targets)
        outputs = _outputs(experiment, batch) if told else None
        return infer_task(loss, targets, outputs)


class _Asked:
    """Stands for the loss while one step runs, and knows afterwards whether the step called it."""

    def __init__(self, loss: Callable[..., Any]) -> None:
        self._loss = loss
        self.called = False

    def __call__(self, *arguments: object, **keywords: object) -> Any:  # noqa: ANN401 - a loss returns what it likes
        self.called = True
        return self._loss(*arguments, **keywords)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._loss, name)


def _task_of_step(experiment: Experiment, batch: object) -> Task:
    """Judge by the outputs and targets that a step returns, and by the loss if the step calls it; else it is custom."""
    try:
        session = experiment.fresh()
        loss, asked = session.loss, _Asked(session.loss) if session.loss is not None else None
        session.loss = asked
        computed = session.compute(session.prepare(batch))
    except Exception:  # noqa: BLE001 - the first-batch stage runs the same step and reports what it raises
        return Task.CUSTOM
    if computed.targets is None or (asked is None and computed.outputs is None):
        return Task.CUSTOM
    if asked is not None and not asked.called:
        return Task.CUSTOM  # a loss that the step never calls says nothing about what is learnt
    return infer_task(loss, computed.targets, computed.outputs)


def _first_batch(experiment: Experiment) -> object:
    """Return the first training batch.

    Raises:
        ConfigError: There is not a single one.
    """
    with preserved_randomness():
        loader = experiment.train_loader()
        try:
            return next(iter(loader))
        except StopIteration:
            raise _no_batch(experiment, loader) from None
        except Exception:  # noqa: BLE001 - the data stage reads the same batch and reports what it raises
            return _UNREADABLE


def _no_batch(experiment: Experiment, loader: object) -> ConfigError:
    if experiment.train_data is None:
        return _refused(
            experiment.config, "data.train_loader", "the training loader gives no batch: it is empty."
        )
    size = len(experiment.train_data) if hasattr(experiment.train_data, "__len__") else 0
    if getattr(loader, "drop_last", False) and size:
        message = f"the training loader gives no batch: {size} samples do not fill one of {getattr(loader, 'batch_size', 0)}."
        hint = "Lower data.loader.batch_size, or set data.loader.drop_last: false."
        return _refused(experiment.config, "data.loader", message, hint)
    return _refused(
        experiment.config, "data.train", "the train data set is empty: iterating it gives no sample."
    )


def _outputs(experiment: Experiment, batch: object) -> object:
    """Return the model's outputs on one batch; None when it raises (the setup stage reports that)."""
    try:
        session = experiment.fresh()
        session.model.eval()
        with torch.no_grad():
            return session.forward(session.inputs_of(session.prepare(batch)))
    except Exception:  # noqa: BLE001 - reported by the setup stage, with the user's traceback
        return None


def _first_parameter(function: object) -> str:
    try:
        return next(iter(inspect.signature(function).parameters), "")  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return ""


def _refused(config: Config, key: str, message: str, hint: str = "", *, told: str = "") -> ConfigError:
    """Return the refusal of a key at its line, or of what was told on the command line in its stead."""
    if told:
        return ConfigError((Problem(message=message, file=told, key=key, hint=hint),))
    line, column = config.lines.get(key, (0, 0))
    return ConfigError(
        (Problem(message=message, file=str(config.path), line=line, column=column, key=key, hint=hint),)
    )


def _kind(value: object) -> str:
    return "nothing (None)" if value is None else f"an object of type {type(value).__name__}"
