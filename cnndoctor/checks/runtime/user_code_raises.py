"""The user's own code raises."""

from __future__ import annotations

import re

from cnndoctor.check import check
from cnndoctor.evidence import FailuresEvidence, SetupEvidence
from cnndoctor.finding import Finding, Place, Remedy, UserFailure

# A loss that backward() cannot start from, as we and as torch say it.
NO_NUMBER = r"must be a single number, but has shape|grad can be implicitly created only for scalar outputs"
# What torch says, and what it means in plain words; the first that fits is told.
WORDS: tuple[tuple[str, str], ...] = (
    (
        r"the loss must return a tensor, not (a float|an int)",
        "Return the tensor itself, without .item() or float(): the gradient is taken through it.",
    ),
    (
        r"takes \d+ positional arguments? but 3 were given",
        "If this is your `step`: it is called as step(model, batch, loss). If not, give the function the arguments it gets.",
    ),
    (
        r"default_collate: batch must contain",
        (
            "A sample holds something that becomes no tensor (a picture, an object, None): convert it in the data set, or give "
            "data.loader a collate_fn."
        ),
    ),
    (
        r"argument 'target' .*must be Tensor, not \w+",
        "The targets do not come as a tensor: texts and other objects do not become one by themselves. Give class numbers.",
    ),
    (
        r"argument 'input' .*must be Tensor, not \w+|'(dict|tuple|list)' object has no attribute '(size|shape|dim|view)'",
        (
            "A dict, tuple or list comes where a tensor is wanted. Does the model return one? Then write a `step` that "
            "picks the part the loss wants, or return that part alone."
        ),
    ),
    (
        r"data\.(inputs|targets) names",
        "Name in data.inputs and data.targets what a batch has, as the data set or its collate_fn calls it.",
    ),
    (
        r"computes the loss again within a step",
        "Take that setting out of the experiment file, or choose another optimizer.",
    ),
    (
        r"not supported between instances of '(str' and '(int|float)|(int|float)' and 'str)'",
        "A setting is a text where a number is wanted: write it without quotes, as 0.001 or 1.0e-3.",
    ),
    (
        r"mat1 and mat2 shapes cannot be multiplied",
        (
            "The layer's in_features is not the number of features it gets: print x.shape before it, or use "
            "nn.LazyLinear."
        ),
    ),
    (
        r"expected input.*to have \d+ channels|to have \d+ channels, but got",
        (
            "The convolution's in_channels is not the input's number of channels: images are [N, C, H, W] "
            "(permute channels-last ones)."
        ),
    ),
    (
        r"running_mean should contain|expected \d+D or \d+D input",
        (
            "The normalisation layer does not fit the shape it gets: its size is the number of channels, on "
            "axis 1."
        ),
    ),
    (
        r"Expected more than 1 value per channel when training",
        "BatchNorm got a single sample: set drop_last: true in data.loader, or a larger batch.",
    ),
    (
        r"Target \d+ is out of bounds|label value .* out of range|Assertion .t >= 0 && t < n_classes",
        (
            "A label is not below the number of outputs: count classes from 0, and give the head one output "
            "per class."
        ),
    ),
    (
        r"device-side assert",
        (
            "Run on the CPU (device: cpu) to see the true message: mostly a label is not below the number of "
            "outputs."
        ),
    ),
    (
        r"index out of range in self",
        "An index into an embedding is not below its num_embeddings.",
    ),
    (
        r"all elements of (input|target) should be between 0 and 1",
        (
            "BCELoss wants probabilities and targets in [0, 1]: use BCEWithLogitsLoss on raw scores, and "
            "labels 0.0 and 1.0."
        ),
    ),
    (
        r"must be the same as input size|is different to the input size|Using a target size",
        "Prediction and target must have one shape: squeeze(1) the output, or unsqueeze(1) the target.",
    ),
    (
        (
            r"expected scalar type Long|nll_loss.*not implemented for|not implemented for 'Int'|not "
            r"implemented for 'Float'"
        ),
        "Class indices must be int64: targets.long() in the data set.",
    ),
    (
        (
            r"Found dtype Long but expected Float|result type Float can't be cast to Long|expected .*Float.* "
            r"but (got|found) .*Long"
        ),
        "This loss wants float targets: targets.float() in the data set.",
    ),
    (
        r"Expected floating point type for target with class probabilities",
        "CrossEntropyLoss wants int64 class indices [N], or float probabilities in the output's shape.",
    ),
    (
        r"0D or 1D target tensor expected, multi-target not supported",
        (
            "CrossEntropyLoss wants class indices of shape [N], not one-hot vectors or a column: "
            "targets.argmax(1) or targets.squeeze(1)."
        ),
    ),
    (
        (
            r"expected m1 and m2 to have the same dtype|must have the same dtype|mat1 and mat2 must "
            r"have|expected scalar type (Float|Double|Half|BFloat16|Byte)|Input type "
            r"\((torch\.)?\w*(Double|Byte|Long|Int|Char|uint8|float64|int64)\w*\)"
        ),
        (
            "Inputs and weights have different number types: inputs.float() in the data set (numpy gives "
            "float64, images uint8)."
        ),
    ),
    (
        (
            r"Expected all tensors to be on the same device|Input type \(torch\.cuda\..*\) and weight type "
            r"\(torch\.(Float|Half)Tensor\)|same device, but found at least two devices"
        ),
        (
            "Tensors are on different devices: create tensors in forward with device=x.device, register "
            "constants with register_buffer, and keep layers in nn.ModuleList."
        ),
    ),
    (
        r"modified by an inplace operation",
        (
            "A value that backward() needs was overwritten: x = x + y in place of x += y, "
            "nn.ReLU(inplace=False), no x[i] = … on activations."
        ),
    ),
    (
        r"a leaf Variable that requires grad is being used in an in-place operation",
        "A parameter is changed in place outside of torch.no_grad().",
    ),
    (
        r"Trying to backward through the graph a second time",
        (
            "The graph of an earlier step is used again: detach() what is carried over (hidden states), and "
            "do not keep losses with a graph."
        ),
    ),
    (
        r"does not require grad and does not have a grad_fn",
        (
            "Nothing leads from the loss to a parameter: look for detach(), .data, .item(), numpy, "
            "torch.tensor(x), no_grad or frozen layers."
        ),
    ),
    (
        NO_NUMBER,
        (
            "The loss gives one value for each sample or element, and must be one number: reduce it, with .mean() or "
            'reduction="mean".'
        ),
    ),
    (
        r"optimizer got an empty parameter list",
        (
            "The model registers no parameters: layers in plain lists belong into nn.ModuleList, and "
            "super().__init__() must be called."
        ),
    ),
    (
        r"cannot assign module before Module.__init__",
        "Call super().__init__() first in the model's __init__.",
    ),
    (
        (
            r"The size of tensor a \(\d+\) must match the size of tensor b|shape '.*' is invalid for input of "
            r"size|Sizes of tensors must match|Expected input batch_size"
        ),
        (
            "Two shapes do not meet: print x.shape before this line; keep the batch axis first with "
            "x.flatten(1) or view(x.size(0), -1)."
        ),
    ),
    (
        r"stack expects each tensor to be equal size",
        (
            "Samples have different shapes and cannot be stacked: resize or pad them in the data set, or give"
            " data.loader a collate_fn."
        ),
    ),
    (
        r"Kernel size can't be greater than actual input size|Output size is too small",
        "The feature map is smaller than the kernel: fewer pooling layers, padding, or larger images.",
    ),
    (
        r"out of memory",
        "Memory does not suffice: a smaller batch, or precision: bf16.",
    ),
)

# The key that an exception without a line of the user's most likely belongs to, by what was done.
KEYS = {
    "loss": "loss",
    "forward": "model",
    "step": "step",
    "backward": "loss",
    "optimizer step": "optimizer",
    "scheduler": "scheduler",
    "move batch to device": "data.train",
    "collate training data": "data.loader",
    "read training data": "data.train",
    "read validation": "data.validation",
}
SAMPLED = (
    "If data.loader names a sampler: one is built for validation, too, and gets that data set as its first argument. Let it "
    "look at that one, or leave it out there with data.validation_loader: {sampler: null}."
)


@check(
    severity="error",
    grade="A",
    explains=("loss-flat", "chance-accuracy", "cannot-overfit-tiny-set"),
)
def user_code_raises(failures: FailuresEvidence, setup: SetupEvidence | None) -> Finding | None:
    """The experiment's own code raises an exception.

    What it measures:
        Every exception out of the model, data, loss, optimizer, step or metric, with the place in the user's code.
    Why it matters:
        What was to be examined after it could not be.
    How to fix:
        Go to the line that is named. For what torch says most often, the finding says in plain words what it means.
    When it is not a fault:
        Never; but it is shown under a finding that explains it, where there is one.

    References:
        - PyTorch FAQ
    """
    if not failures.failures:
        return None
    first = failures.failures[0]
    unreduced = re.search(NO_NUMBER, first.message) is not None and setup is not None and _is_unreduced(setup)
    others = {(f.type, f.message) for f in failures.failures} - {(first.type, first.message)}
    more = f" ({len(others)} other exceptions followed.)" if others else ""
    return Finding(
        message=f"{first.type} while doing '{first.phase}': {first.message or 'no message'}{more}",
        confidence=0.99,
        places=(
            *((Place(kind="key", name="loss.reduction"),) if unreduced else ()),
            *_places(failures.failures),
        ),
        measured={
            "phase": first.phase,
            "type": first.type,
            # Without a frame of the user's it only repeats the message.
            **({"traceback": first.traceback} if "\n" in first.traceback.strip() else {}),
            "stage": first.stage,
        },
        remedies=(Remedy(text=_advice(first), patch={"loss.reduction": "mean"} if unreduced else {}),),
    )


def _is_unreduced(setup: SetupEvidence) -> bool:
    """Return whether the loss is torch's own and was told to give a value for each element."""
    return setup.loss.known and setup.loss.reduction == "none"


def _advice(failure: UserFailure) -> str:
    text = f"{failure.message}\n{failure.traceback}"
    for pattern, words in WORDS:
        if re.search(pattern, text, flags=re.IGNORECASE | re.DOTALL):
            return words
    if failure.phase == "read validation" and failure.type == "IndexError" and not failure.file:
        return SAMPLED
    where = f" in {failure.file}:{failure.line}" if failure.file else ""
    return f"Correct what raises{where} while doing '{failure.phase}'."


def _key(phase: str) -> str:
    """Return the key of the experiment file that a phase is about; empty when it is about none."""
    for prefix in ("build ", "pick "):
        if phase.startswith(prefix):
            return phase.removeprefix(prefix)
    return "metrics" if phase.startswith("metric ") else KEYS.get(phase, "")


def _places(failures: tuple[UserFailure, ...]) -> tuple[Place, ...]:
    """Return where the exceptions come from, each place once; the key of the file where no line of the user's took part."""
    places = [
        Place(kind="source", name=f.file, file=f.file, line=f.line) if f.file else Place(kind="key", name=key)
        for f in failures
        if f.file or (key := _key(f.phase))
    ]
    return tuple(dict.fromkeys(places))[:5]
