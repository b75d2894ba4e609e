"""The first training batch: by it the experiment's members and task are found out."""

from __future__ import annotations

from cnndoctor.config.refusal import refusal
from cnndoctor.errors import ConfigError
from cnndoctor.experiment import Experiment
from cnndoctor.patient.randomness import preserved_randomness

UNREADABLE = object()  # a batch that the data stage will report on


def first_batch(experiment: Experiment) -> object:
    """Return the first training batch; UNREADABLE where reading it raises.

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
            return UNREADABLE


def _no_batch(experiment: Experiment, loader: object) -> ConfigError:
    config, data = experiment.config, experiment.train_data
    if data is None:
        return refusal(config, "data.train_loader", "the training loader gives no batch: it is empty.")
    size = len(data) if hasattr(data, "__len__") else 0
    if getattr(loader, "drop_last", False) and size:
        message = f"the training loader gives no batch: {size} samples do not fill one of {getattr(loader, 'batch_size', 0)}."
        hint = "Lower data.loader.batch_size, or set data.loader.drop_last: false."
        return refusal(config, "data.loader", message, hint)
    return refusal(config, "data.train", "the train data set is empty: iterating it gives no sample.")
