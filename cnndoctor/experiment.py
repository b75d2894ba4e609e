"""The experiment: a config turned into data sets once, and into a fresh, seeded session whenever a stage asks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.amp.grad_scaler import GradScaler
from torch.utils.data import DataLoader, IterableDataset

from cnndoctor import factory
from cnndoctor.config import Config
from cnndoctor.config.node import Node
from cnndoctor.config.refusal import kind_of, refusal
from cnndoctor.patient.batches import Members
from cnndoctor.patient.changes import AS_CONFIGURED, Change
from cnndoctor.patient.randomness import seed_everything
from cnndoctor.patient.session import Session
from cnndoctor.patient.task import Task
from cnndoctor.patient.treatment import apply_change
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
        outputs_as_given: Whether what a step names as outputs is what it gives the loss, and not made of it: a rate of its
            logarithm, a probability of a score.
    """

    config: Config
    device: torch.device
    seed: int
    task: Task
    train_data: Any
    validation_data: Any
    members: Members
    outputs_as_given: bool = True

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
            outputs_as_given=self.outputs_as_given,
        )
        if change is not AS_CONFIGURED:
            apply_change(session, change)
        return session

    def build_model(self) -> nn.Module:
        """Build the model and move it to the device."""
        model = self._build(self.config.model)
        if not isinstance(model, nn.Module):
            raise refusal(
                self.config,
                "model",
                f"the model factory returned {kind_of(model)}; it must return a torch.nn.Module.",
            )
        scripted = next((n for n, m in model.named_modules() if isinstance(m, torch.jit.ScriptModule)), None)
        if scripted is not None:
            raise refusal(
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
            raise refusal(self.config, "loss", f"the loss is {kind_of(loss)}, which cannot be called.", hint)
        return loss.to(self.device) if isinstance(loss, nn.Module) else loss

    def build_optimizer(self, model: nn.Module) -> torch.optim.Optimizer:
        """Build the optimizer; a factory whose first parameter is called ``model`` gets the model itself."""
        target = factory.resolve(self.config.optimizer, self.config.folder)
        argument: object = model if _first_parameter(target) == "model" else model.parameters()
        optimizer = self._build(self.config.optimizer, argument)
        if not isinstance(optimizer, torch.optim.Optimizer):
            raise refusal(
                self.config,
                "optimizer",
                f"the optimizer factory returned {kind_of(optimizer)}; it must return one torch.optim.Optimizer.",
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
                raise refusal(
                    self.config,
                    f"metrics.{name}",
                    f"the metric {name!r} is {kind_of(metric)}, which has no {' and no '.join(missing)}.",
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
            raise refusal(
                self.config,
                node.key,
                f"the loader factory returned {kind_of(loader)}, which cannot be iterated.",
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
            raise refusal(self.config, "step", f"the step is {kind_of(step)}, which cannot be called.", hint)
        return step  # type: ignore[no-any-return]

    def _build(self, node: Node, *arguments: object, **keywords: object) -> Any:  # noqa: ANN401
        return factory.build(node, *arguments, config_dir=self.config.folder, **keywords)


def _first_parameter(function: object) -> str:
    try:
        return next(iter(inspect.signature(function).parameters), "")  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return ""
