"""The model refuses the dtype of the inputs."""

from __future__ import annotations

import re

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, FailuresEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity, UserFailure
from cnndoctor.signs.effects import LEARNS_NOTHING, merged

# How torch says it: convolution and linear layers, then embeddings, then kernels that lack a dtype.
REFUSALS = (
    re.compile(r"[Ii]nput type \(.*\) and (weight|bias) type \(.*\) should be the same"),
    re.compile(r"must have the same dtype|to have the same dtype"),
    re.compile(r"expected (scalar type|dtype) \w+ but (found|got) \w+", re.IGNORECASE),
    re.compile(r"tensor for argument #1 'indices' to have one of the following scalar types"),
    re.compile(r"not implemented for '(Byte|Char|Short|Int|Long|Bool|Half)'"),
    re.compile(r"Input dtype must be (either )?(a )?float", re.IGNORECASE),
)


@check(severity=Severity.ERROR, grade="A", explains=merged(("user-code-raises",), LEARNS_NOTHING))
def wrong_input_dtype(data: DataEvidence, failures: FailuresEvidence) -> Finding | None:
    """Inputs have another dtype than the model's weights.

    What it measures:
        The dtype of the inputs as the loader gives them, beside what torch says when the model refuses them.
    Why it matters:
        NumPy's default is float64 and images are uint8, while weights are float32; an embedding wants whole numbers. Torch
        converts nothing by itself.
    How to fix:
        Convert in the data set: ``torch.as_tensor(x, dtype=torch.float32)`` (``x.float() / 255`` for 8-bit images,
        ``x.long()`` for an embedding). Converting the model to double only makes it slower.
    When it is not a fault:
        Whole numbers into an embedding; a model that converts inside forward raises nothing and is not mentioned.

    References:
        - https://docs.pytorch.org/docs/stable/tensor_attributes.html#torch.dtype
    """
    dtypes = data.train.inputs.dtypes
    failure = next((f for f in failures.failures if f.phase in {"forward", "step"} and _refuses(f)), None)
    if failure is None or not dtypes:
        return None
    dtype = max(dtypes.items(), key=lambda item: item[1])[0]
    if dtype == "float32" and "indices" not in failure.message:
        return None  # then the mixture is made inside the model
    wanted = (
        "x.long()" if "indices" in failure.message else "x.float()" if dtype != "uint8" else "x.float() / 255"
    )
    return Finding(
        message=f"Inputs are {dtype}, and the model refuses them: {failure.message}",
        confidence=0.96,
        places=(
            Place(kind="key", name="data.train"),
            *(
                (Place(kind="source", name=failure.file, file=failure.file, line=failure.line),)
                if failure.file
                else ()
            ),
        ),
        measured={"dtype": dtype},
        remedies=(Remedy(text=f"Convert the inputs in the data set: {wanted}."),),
    )


def _refuses(failure: UserFailure) -> bool:
    return any(pattern.search(failure.message) for pattern in REFUSALS)
