"""Promises of changing one value in a config's text."""

import pytest

from cnndoctor.config.document import read_document
from cnndoctor.rates.rewrite import with_value


def rewritten(text, key, value):
    """Rewrite the value at a dotted path of YAML text."""
    document, problems = read_document(text, "x.yaml")
    assert document is not None
    assert not problems
    return with_value(text, document.spans[key], value)


@pytest.mark.parametrize(("text", "expected"), [
    ("optimizer:\n  lr: 5e-2      # tuned\n", "optimizer:\n  lr: 0.01      # tuned\n"),
    ("optimizer: {lr: 5e-2, momentum: 0.9}  # flow\n", "optimizer: {lr: 0.01, momentum: 0.9}  # flow\n"),
    ("optimizer:\n  lr: &peak 5e-2\nother: *peak\n", "optimizer:\n  lr: &peak 0.01\nother: *peak\n"),
    ('optimizer:\n  "lr": "5e-2"\n# end', 'optimizer:\n  "lr": 0.01\n# end'),
    ("optimizer: # größer\n  lr: 5e-2\r\nx: 1\r\n", "optimizer: # größer\n  lr: 0.01\r\nx: 1\r\n"),
])  # fmt: skip
def test_only_the_value_changes(text, expected):
    """Comments, spacing, anchors and line ends stay as they were."""
    assert rewritten(text, "optimizer.lr", "0.01") == expected


@pytest.mark.parametrize(
    "text", ["optimizer: {lr: {a: 1}}\n", "optimizer: {lr: [1, 2]}\n", "optimizer:\n  lr: |\n    a\n    b\n"]
)
def test_what_is_no_single_value_is_refused(text):
    """A mapping, a list or text over several lines is not overwritten."""
    with pytest.raises(ValueError, match="no single value"):
        rewritten(text, "optimizer.lr", "0.01")
