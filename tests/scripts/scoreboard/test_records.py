"""Results on disk: read as written, added to, the last one counts; and what makes an examination the same."""

from __future__ import annotations

from pathlib import Path

from scoreboard.examine import answered
from scoreboard.records import append, latest, load
from scoreboard.state import experiment_hash, package_hash
from tests.scripts.scoreboard.made import record, said


def test_lines_come_back(tmp_path: Path) -> None:
    """What is added is read again as it was, from several files, and a missing file holds nothing."""
    a, b = tmp_path / "a.jsonl", tmp_path / "more" / "b.jsonl"
    append(a, record(said("dead-relu"), crashes=("train: own fault: KeyError",)))
    append(b, record(seed=1))
    assert load([a, b, tmp_path / "c.jsonl"]) == [
        record(said("dead-relu"), crashes=("train: own fault: KeyError",)),
        record(seed=1),
    ]


def test_the_last_examination_counts() -> None:
    """Of two examinations of one experiment and seed the later one stands."""
    first, second, other = record(), record(said("dead-relu")), record(seed=1)
    assert latest([first, other, second]) == [second, other]


def test_a_report_is_read() -> None:
    """Causes come with their symptoms, findings as they stand alone, and our own crashes by name."""
    finding = {"severity": None, "confidence": 0.7}
    report = {
        "verdict": "unhealthy",
        "causes": [
            {
                "check": "dead-relu",
                "family": "activations",
                "severity": "error",
                "confidence": 0.9,
                "message": "dead",
                "symptoms": [{"check": "loss-flat"}],
            }
        ],
        "stages": [
            {"name": "train", "status": "crashed", "note": "own fault: KeyError"},
            {"name": "data", "status": "crashed", "note": "the user's code raised"},
        ],
        "outcomes": [
            {"check": "dead-relu", "status": "found", "reason": "", "finding": finding},
            {
                "check": "best-epoch-lost",
                "status": "found",
                "reason": "",
                "finding": {**finding, "severity": "warning"},
            },
            {"check": "loss-flat", "status": "crashed", "reason": "ValueError", "finding": None},
        ],
    }
    read = answered(record(), report)
    assert [(c.check, c.symptoms) for c in read.causes] == [("dead-relu", ("loss-flat",))]
    assert [(f.check, f.severity) for f in read.found] == [
        ("dead-relu", "warning"),
        ("best-epoch-lost", "note"),
    ]
    assert read.crashes == ("train: own fault: KeyError", "loss-flat: ValueError")


def test_what_changes_an_experiment(tmp_path: Path) -> None:
    """Its lines and the files it names count, also through each other; comments and neighbours do not."""
    config = tmp_path / "a.yaml"
    config.write_text("# planted: dead-relu\nmodel: {_target_: program.Net}\n", encoding="utf-8")
    (tmp_path / "program.py").write_text("import layers\n", encoding="utf-8")
    (tmp_path / "layers.py").write_text("x = 1\n", encoding="utf-8")
    before = experiment_hash(config)
    config.write_text("# planted: dead-relu | loss-flat\nmodel: {_target_: program.Net}\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("name: b\n", encoding="utf-8")
    (tmp_path / "other.py").write_text("y = 1\n", encoding="utf-8")
    assert experiment_hash(config) == before
    (tmp_path / "layers.py").write_text("x = 2\n", encoding="utf-8")
    assert experiment_hash(config) != before


def test_what_changes_the_package(tmp_path: Path) -> None:
    """A changed source gives another hash, a compiled one does not."""
    (tmp_path / "cnndoctor" / "__pycache__").mkdir(parents=True)
    source = tmp_path / "cnndoctor" / "a.py"
    source.write_text("a = 1\n", encoding="utf-8")
    before = package_hash(tmp_path)
    (tmp_path / "cnndoctor" / "__pycache__" / "a.pyc").write_bytes(b"1")
    assert package_hash(tmp_path) == before
    source.write_text("a = 2\n", encoding="utf-8")
    assert package_hash(tmp_path) != before
