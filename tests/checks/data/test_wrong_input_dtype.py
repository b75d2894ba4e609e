"""Promises of the check ``wrong-input-dtype``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.checks.data.wrong_input_dtype import wrong_input_dtype
from cnndoctor.evidence import FailuresEvidence
from cnndoctor.finding import Finding, UserFailure
from tests.healthy import healthy_data

DOUBLE = UserFailure(
    phase="forward",
    type="RuntimeError",
    message="mat1 and mat2 must have the same dtype, but got Double and Float",
)


def _typed(dtype):
    data = healthy_data()
    return replace(data, train=replace(data.train, inputs=replace(data.train.inputs, dtypes={dtype: 1433})))


def test_double_inputs_that_the_model_refuses() -> None:
    """NumPy's float64 into float32 weights is named, with the conversion."""
    finding = wrong_input_dtype(_typed("float64"), FailuresEvidence(failures=(DOUBLE,)))
    assert isinstance(finding, Finding)
    assert "x.float()" in finding.remedies[0].text


def test_a_mixture_inside_the_model_is_not_the_datas_fault() -> None:
    """float32 inputs are right; the mixture is made inside."""
    assert wrong_input_dtype(_typed("float32"), FailuresEvidence(failures=(DOUBLE,))) is None


def test_whole_numbers_that_the_model_takes_are_fine() -> None:
    """Symbols into an embedding raise nothing and are passed."""
    assert wrong_input_dtype(_typed("int64"), FailuresEvidence()) is None
