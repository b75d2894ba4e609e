"""The text of ``cnndoctor init MODULE:MODEL``: a complete, commented experiment to start from."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import dataclass
from pathlib import Path

from cnndoctor import factory
from cnndoctor.config import Node
from cnndoctor.config.target import TargetSyntaxError, parse_target, target_refusal
from cnndoctor.errors import UsageError, UserCodeError

_TEMPLATE = """\
# yaml-language-server: $schema=cnndoctor.schema.json
# The line above gives completion in editors, once `cnndoctor schema > cnndoctor.schema.json` has written the file.
# A mapping with _target_ names a class or function; its other keys are the arguments. Nodes nest.

name: {name}
seed: 0
device: auto                # auto, cpu, cuda, cuda:1 or mps
task: auto                  # auto, classification, multilabel, segmentation, regression or ctc

{model}
data:
  # These handwritten digits come with cnndoctor (1x8x8 images, 10 classes); put your own datasets here.
  train:
    _target_: cnndoctor.datasets.digits
    split: train
  validation:
    _target_: cnndoctor.datasets.digits
    split: validation
  loader:                   # keyword arguments of torch.utils.data.DataLoader
    batch_size: 64
    num_workers: 0
  # inputs: image           # which part of a sample is the input; default: the first
  # targets: mask           # and which the target; default: the second

loss:
  _target_: torch.nn.CrossEntropyLoss
  # A loss that is a plain function is handed on, not called: add _partial_: true.

optimizer:                  # gets the model's parameters
  _target_: torch.optim.AdamW
  lr: 1e-3

# scheduler:                # gets the optimizer
#   _target_: torch.optim.lr_scheduler.CosineAnnealingLR
#   T_max: 20
#   interval: epoch         # or step

# step:                     # only when loss(model(inputs), targets) is not what you train
#   _target_: mycode.training_step     # (model, batch, loss) -> loss
#   _partial_: true

train:
  epochs: 20                # or steps: 5000
  precision: fp32           # fp32, bf16 or fp16
  accumulate: 1             # batches per optimizer step
  clip_grad_norm: null
  # early_stopping: {{patience: 5}}
  # checkpoint_every: 5     # epochs

# intent:                   # what looks odd and is meant
#   frozen: ["backbone.*"]
# ignore:                   # checks to leave out, each with a reason
#   class-imbalance: "long tail is intended"
"""


_UNTOLD = "# Its arguments are not listed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Starter:
    """An experiment file to begin with.

    Attributes:
        text: The file.
        doubt: Why the model's arguments could not be listed, so that a mistyped name is seen at once; empty when they were.
    """

    text: str
    doubt: str = ""


def starter_config(target: str) -> Starter:
    """Return an experiment file for a model.

    The model's module is imported to list its arguments; where that fails, the file says so and stays valid.

    Args:
        target: ``MODULE:MODEL``, ``package.module.Model`` or ``file.py:Model``, found from the working directory.

    Raises:
        UsageError: When the target is malformed or refused.
    """
    try:
        parsed = parse_target(target)
    except TargetSyntaxError as error:
        raise UsageError(f"{error}; write MODULE:MODEL, for example models:SmallCNN.") from error
    reason = target_refusal(parsed)
    if reason:
        raise UsageError(f"'{target}' is refused as a target: {reason}.")
    arguments = _arguments(target)
    doubt = next((line.removeprefix("# ") for line in arguments if line.startswith(_UNTOLD)), "")
    lines = ["model:", f"  _target_: {_yaml(target)}", *(f"  {line}" for line in arguments)]
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", parsed.names[-1]).lower()
    text = _TEMPLATE.format(name=_yaml(name), model="\n".join(lines) + "\n")
    return Starter(text=text, doubt=doubt)


def _arguments(target: str) -> list[str]:
    """Return a line for each argument of the model: required ones to fill in, others as comments."""
    try:
        model = factory.resolve(Node(target=target, key="model"), Path.cwd())
    except UserCodeError as error:
        failure = error.failure
        return [f"{_UNTOLD}: importing it raised {failure.type}: {' '.join(failure.message.split())}"]
    except UsageError as error:
        return [f"{_UNTOLD}: {' '.join(str(error).split())}"]
    try:
        signature = inspect.signature(model) if callable(model) else None
    except (TypeError, ValueError):
        signature = None
    if signature is None:
        return [f"{_UNTOLD}: it tells no signature."]
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [_argument(parameter) for parameter in signature.parameters.values() if parameter.kind in named]


def _argument(parameter: inspect.Parameter) -> str:
    if parameter.default is parameter.empty:
        guess = "10" if "classes" in parameter.name else "null"
        return f"{parameter.name}: {guess}   # required: put your value here"
    try:
        return f"# {parameter.name}: {json.dumps(parameter.default)}"
    except (TypeError, ValueError):
        return f"# {parameter.name}: default {' '.join(repr(parameter.default).split())}"


def _yaml(text: str) -> str:
    """Return text as YAML, quoted where a plain scalar could be read as something else."""
    plain = re.fullmatch(r"[A-Za-z_][\w.:/-]*", text) and text.lower() not in ("true", "false", "null")
    return text if plain else json.dumps(text)
