"""The sections of an experiment file, each field with its meaning, its limits and its default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from cnndoctor.config.node import Node, shown

NODE_REFERENCE = {"format": "node"}  # pydantic knows no definition of ours; schema.py puts the reference here
_NAMED_ARGUMENTS = {"type": "object", "additionalProperties": True}
_LOADER_SCHEMA = {
    "type": "object",
    "properties": {
        "batch_size": {"type": ["integer", "null"], "minimum": 1, "description": "Samples in a batch."},
        "num_workers": {"type": "integer", "minimum": 0, "description": "Processes that read samples."},
        "shuffle": {"type": ["boolean", "null"], "description": "Default: training yes, validation no."},
        "drop_last": {"type": "boolean", "description": "Leave out an incomplete last batch of training."},
        "sampler": NODE_REFERENCE,
        "batch_sampler": NODE_REFERENCE,
        "collate_fn": NODE_REFERENCE,
    },
    "additionalProperties": True,
}


class _NodeField:
    """Tells pydantic that a field holds a ``Node``, which the reader has already made."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(_is_node)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return dict(NODE_REFERENCE)


def _is_node(value: object) -> Node:
    if isinstance(value, Node):
        return value
    hint = ""
    if isinstance(value, dict) and isinstance(value.get("type"), str):
        # mmengine's registries name classes by 'type'; without importing the registry nobody can find them.
        name = value["type"] if "." in value["type"] else f"package.module.{value['type']}"
        hint = f"names its callable by 'type', which only a registry understands; write _target_: {name}"
    elif isinstance(value, str):
        hint = f"is text; write {{_target_: {value}}}"
    elif isinstance(value, dict):
        hint = "has no '_target_'; write {_target_: package.module.Name, argument: value}"
    raise PydanticCustomError(
        "node", "{hint}", {"hint": hint or f"must be a node with '_target_', not {shown(value)}"}
    )


def _arguments(value: object) -> Mapping[str, object]:
    if isinstance(value, Node):
        raise PydanticCustomError("arguments", "holds keyword arguments of DataLoader and no '_target_'")
    if not isinstance(value, dict):
        said = f"must be a mapping of DataLoader's keyword arguments, not {shown(value)}"
        raise PydanticCustomError("arguments", "{said}", {"said": said})
    return value


def _node_or_arguments(value: object) -> Node | Mapping[str, object] | None:
    return value if value is None or isinstance(value, Node) else _arguments(value)


def _member(value: object) -> str | int | tuple[str | int, ...] | None:
    if value is None or _names_one_member(value):
        return value  # type: ignore[return-value]  # just tested
    if isinstance(value, list) and value and all(_names_one_member(member) for member in value):
        return tuple(value)
    said = f"must be a name or a position (0, 1 ...) in the sample, or a list of them, not {shown(value)}"
    raise PydanticCustomError("member", "{said}", {"said": said})


def _names_one_member(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool) and value >= 0)


def _threshold(value: object) -> float | int | str | bool | None:
    if value is None or isinstance(value, float | int | str):
        return value
    said = f"must be a single value, not {shown(value)}"
    raise PydanticCustomError("threshold", "{said}", {"said": said})


def _steps_alone(value: object) -> object:
    """Read ``accumulate: 4`` as ``accumulate: {steps: 4}``."""
    return value if isinstance(value, dict) else {"steps": value}


class _Plain:
    """Tells pydantic to check a field by a function, and JSON Schema by a literal schema."""

    def __init__(self, check: object, schema: dict[str, object]) -> None:
        self.check = check
        self.schema = schema

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        if not callable(self.check):
            raise TypeError(self.check)
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return dict(self.schema)


NodeField = Annotated[Node, _NodeField()]
Arguments = Annotated[Mapping[str, object], _Plain(_arguments, _LOADER_SCHEMA)]
NodeOrArguments = Annotated[
    Node | Mapping[str, object] | None,
    _Plain(_node_or_arguments, {"anyOf": [NODE_REFERENCE, _NAMED_ARGUMENTS, {"type": "null"}]}),
]
_ONE_MEMBER = {"type": ["string", "integer", "null"]}
Member = Annotated[
    str | int | tuple[str | int, ...] | None,
    _Plain(
        _member,
        {"anyOf": [_ONE_MEMBER, {"type": "array", "items": {"type": ["string", "integer"]}, "minItems": 1}]},
    ),
]
Threshold = Annotated[
    float | int | str | bool | None,
    _Plain(_threshold, {"type": ["number", "string", "boolean", "null"]}),
]
Globs = Annotated[
    tuple[str, ...], Field(strict=False), WithJsonSchema({"type": "array", "items": {"type": "string"}})
]


class Section(BaseModel):
    """A mapping of the file: unknown keys and loose types are refused, and nothing changes after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Data(Section):
    """Where samples come from, how they are batched, and which part is input and target."""

    train: NodeField | None = Field(None, description="The training dataset, map-style or iterable.")
    validation: NodeField | None = Field(None, description="The validation dataset.")
    loader: Arguments = Field(
        default_factory=dict, description="Keyword arguments of torch.utils.data.DataLoader, for both splits."
    )
    validation_loader: NodeOrArguments = Field(
        None,
        description="Keyword arguments that differ for validation, or a node that builds a finished loader.",
    )
    train_loader: NodeField | None = Field(
        None, description="A node that builds a finished training loader; then train and loader stay away."
    )
    inputs: Member = Field(
        None,
        description="Name or position of the inputs in a sample (default: the first); a list for several arguments.",
    )
    targets: Member = Field(
        None,
        description="Name or position of the targets in a sample (default: the second); a list for a loss with several.",
    )


class Scheduler(Section):
    """A learning rate scheduler and when it steps."""

    node: NodeField = Field(description="The scheduler's factory; it gets the optimizer first.")
    interval: Literal["epoch", "step"] = Field(
        "epoch", description="Step the scheduler per epoch or per step."
    )
    monitor: str | None = Field(
        None,
        min_length=1,
        description="The value handed to step(), as ReduceLROnPlateau needs: validation_loss.",
    )


class Accumulate(Section):
    """Gradient accumulation over several batches."""

    steps: int = Field(1, ge=1, description="Batches whose gradients are summed before the optimizer steps.")
    normalise: bool = Field(True, description="Divide each loss by the number of batches.")


class EarlyStopping(Section):
    """Ends training when the watched value no longer improves."""

    patience: int = Field(ge=1, description="Epochs without improvement before training ends.")
    min_delta: float = Field(0.0, ge=0, description="Smallest change that counts as improvement.")
    monitor: str | None = Field(
        None,
        min_length=1,
        description="The watched value; default: the validation loss, without one the training loss.",
    )


class Train(Section):
    """The training schedule."""

    epochs: int | None = Field(None, ge=1, description="Passes over the training data; or give steps.")
    steps: int | None = Field(None, ge=1, description="Optimizer steps; or give epochs.")
    precision: Literal["fp32", "bf16", "fp16"] = Field(
        "fp32", description="fp32, or autocast to bf16 or fp16 (with a GradScaler)."
    )
    accumulate: Annotated[
        Accumulate,
        BeforeValidator(_steps_alone),
        WithJsonSchema({"format": "accumulate"}),
    ] = Field(Accumulate(), description="Batches per optimizer step: a number, or steps and normalise.")
    clip_grad_norm: float | None = Field(None, gt=0, description="Largest norm of all gradients together.")
    early_stopping: EarlyStopping | None = Field(None, description="When to end before the schedule does.")
    checkpoint_every: int | None = Field(None, ge=1, description="Epochs between two checkpoints.")


class SetupStage(Section):
    """The stage that looks at model and optimizer without running them; it has no knobs."""


class DataStage(Section):
    """The stage that reads the data once."""

    max_samples: int | None = Field(20_000, ge=1, description="Samples read per split at most; null: all.")
    seconds: float | None = Field(30.0, gt=0, description="Seconds spent per split at most; null: no limit.")
    pictures: int = Field(24, ge=0, le=24, description="Samples that the report shows at most; 0: none.")


class FirstBatchStage(Section):
    """The stage that takes one step on one batch; it has no knobs."""


class OverfitStage(Section):
    """The stage that learns a tiny subset by heart."""

    samples: int = Field(32, ge=1, description="Training samples to learn by heart.")
    max_steps: int = Field(400, ge=1, description="Optimizer steps before it counts as failed.")
    seconds: float | None = Field(60.0, gt=0, description="Seconds before it is cut short; null: no limit.")


class LrRangeStage(Section):
    """The learning rate range test."""

    start: float | None = Field(
        None, gt=0, description="Lowest learning rate tried; null: chosen from the configured one."
    )
    end: float | None = Field(
        None, gt=0, description="Highest learning rate tried; null: chosen from the configured one."
    )
    # 100 steps are too few to tell a small fall from noise, 200 are enough (measured).
    steps: int = Field(200, ge=10, description="Steps from lowest to highest.")
    seeds: int = Field(3, ge=1, description="Repetitions with fresh weights and data order.")


class GradientStage(Section):
    """The stage that holds the gradients against finite differences."""

    samples: int = Field(4, ge=1, description="Samples in the batch that is differentiated.")
    coordinates: int = Field(8, ge=1, description="Coordinates compared in each parameter.")
    seconds: float | None = Field(20.0, gt=0, description="Seconds before it is cut short; null: no limit.")


class TrainStage(Section):
    """The monitored training run."""

    monitor_every: int = Field(
        32, ge=1, description="Steps between two looks at the layers, after a dense start."
    )
    budget_seconds: float | None = Field(
        None, gt=0, description="Seconds before training is cut short; null: no limit."
    )
    seeds: int = Field(
        1,
        ge=1,
        le=20,
        description="Seeds to train with in all: whether success hangs on the seed shows from 2 on.",
    )


class Stages(Section):
    """The free knobs of each stage; every one has a good default."""

    setup: SetupStage = Field(SetupStage(), description="Model and optimizer before any data.")
    data: DataStage = Field(DataStage(), description="One pass over the data.")
    first_batch: FirstBatchStage = Field(FirstBatchStage(), description="One step on one batch.")
    overfit: OverfitStage = Field(OverfitStage(), description="Learning a tiny subset by heart.")
    lr_range: LrRangeStage = Field(LrRangeStage(), description="The learning rate range test.")
    gradient: GradientStage = Field(GradientStage(), description="Gradients against finite differences.")
    train: TrainStage = Field(TrainStage(), description="Training as configured, watched.")


class Intent(Section):
    """What looks odd in this experiment and is meant."""

    memorise: bool = Field(False, description="The model is meant to learn its training data by heart.")
    frozen: Globs = Field((), description="Parameters meant to stay frozen, by name; '*' matches anything.")
    negative_loss: bool = Field(False, description="The loss may fall below zero.")


class Fields(Section):
    """An experiment file, as a person writes it."""

    name: str = Field(
        "", pattern=r"^[^/\\\x00-\x1f]*$", description="Names the run's folder; default: the file's name."
    )
    seed: int = Field(0, ge=0, le=2**32 - 1, description="Seed of weights, data order and augmentation.")
    device: str = Field(
        "auto", pattern=r"^(auto|cpu|mps|cuda(:[0-9]+)?)$", description="auto, cpu, cuda, cuda:1 or mps."
    )
    task: Literal["auto", "classification", "multilabel", "segmentation", "regression", "ctc"] = Field(
        "auto", description="What is learnt; auto tells it from loss and targets."
    )
    model: NodeField = Field(description="The model's factory.")
    data: Data = Field(description="Datasets, or finished loaders.")
    loss: NodeField | None = Field(
        None, description="The loss: called with outputs and targets. A plain function needs _partial_: true."
    )
    optimizer: NodeField = Field(description="The optimizer's factory; it gets the model's parameters first.")
    scheduler: Scheduler | None = Field(
        None, description="The learning rate scheduler; it gets the optimizer first."
    )
    step: NodeField | None = Field(
        None, description="Computes the loss of a batch: (model, batch, loss); usually with _partial_: true."
    )
    train: Train = Field(description="The training schedule.")
    metrics: Mapping[str, NodeField] = Field(
        default_factory=dict, description="Metrics by name, with the protocol of torchmetrics."
    )
    stages: Stages = Field(Stages(), description="Knobs of the stages.")
    thresholds: Mapping[str, Mapping[str, Threshold]] = Field(
        default_factory=dict, description="Thresholds of checks: check, then parameter and value."
    )
    intent: Intent = Field(Intent(), description="What looks odd and is meant.")
    ignore: Mapping[str, Annotated[str, Field(min_length=1, pattern=r"\S")]] = Field(
        default_factory=dict, description="Checks to ignore, each with the reason; the report shows it."
    )
