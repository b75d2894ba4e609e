"""The command line as a person meets it: what it prints where, what it leaves behind, and how it exits."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cnndoctor.__main__ import main
from tests.small import SMALL, node

ROOT = Path(__file__).parents[1]
CSI = "\x1b["


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a runner of the command line in this process, for what would import torch again and again."""
    monkeypatch.chdir(tmp_path)
    for name in ("FORCE_COLOR", "NO_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["cnndoctor", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return Said(left.value.code, said.out, said.err)

    return run


@pytest.fixture
def process(tmp_path: Path) -> Run:
    """Return a runner of the command line in a process of its own."""

    def run(*arguments: str, **environment: str) -> Said:
        clean = {name: value for name, value in os.environ.items() if name not in {"FORCE_COLOR", "NO_COLOR"}}
        done = subprocess.run(
            [sys.executable, "-m", "cnndoctor", *arguments],
            cwd=tmp_path,
            env={**clean, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **environment},
            capture_output=True,
            timeout=120,
            check=False,
        )
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


HEAVY = {"torch", "numpy", "tensorboard", "parts"}


def imported_by(said: Said) -> set[str]:
    """Return the modules that a process imported, as ``-X importtime`` tells them."""
    told = (line for line in said.err.splitlines() if line.startswith("import time"))
    return {line.rpartition("|")[2].strip() for line in told}


def only_run(folder: Path) -> Path:
    """Return the one run that was saved."""
    (run,) = (folder / "runs" / "small").iterdir()
    return run


# Wrong files: the text of the file, or None for one that is not there, and what must be said.
FILES: dict[str, tuple[str | None, str]] = {
    "missing": (None, r"small\.yaml: there is no such file"),
    "empty": ("", r"the file is empty.*cnndoctor init"),
    "no YAML": ("model: [1, 2\nloss: 3", r"small\.yaml:1:8: the '\[' that opens here is not closed"),
    "no mapping": ("- a\n- b\n", r"small\.yaml"),
}


@pytest.mark.parametrize(("text", "said"), FILES.values(), ids=FILES)
def test_wrong_file(process: Run, tmp_path: Path, text: str | None, said: str) -> None:
    """A file that cannot be read is told with its place; nothing is run, nothing is written."""
    if text is not None:
        (tmp_path / "small.yaml").write_text(text)
    answer = process("diagnose", "small.yaml")
    assert answer.code == 2
    assert not answer.out
    assert re.search(said, answer.err)
    assert not (tmp_path / "runs").exists()


SETTINGS = {
    "unknown key": ("optimiser.lr=3", "did you mean 'optimizer'?"),
    "wrong type": ("train.epochs=many", "'train.epochs' must be a whole number, not 'many'"),
    "unknown module": ("model={_target_: nosuch.Net}", "there is no module 'nosuch'"),
    "missing attribute": (
        "model={_target_: 'parts.py:Nett'}",
        "'parts.py' has no 'Nett'; did you mean 'Net'?",
    ),
    "wrong argument": ("model.widht=3", "has no argument 'widht'; did you mean 'width'?"),
    "no module": (f"model={node('no_model')}", "it must return a torch.nn.Module"),
    "empty data set": ("data.train.size=0", "the train data set is empty"),
    "no such device": ("device=cuda:7", "device 'cuda:7' is not available here"),
    "unknown check": ("ignore={no-check: because}", "unknown check 'no-check'"),
    "unknown threshold": ("thresholds={dead-relu: {max_dead: 1}}", "'dead-relu' has no threshold 'max_dead'"),
    "shell": ("loss={_target_: os.system}", "is refused as a target"),
}


@pytest.mark.parametrize(("setting", "said"), SETTINGS.values(), ids=SETTINGS)
def test_wrong_config(here: Run, tmp_path: Path, setting: str, said: str) -> None:
    """A wrong experiment is told in one clear sentence; nothing is run, nothing is written."""
    answer = here("diagnose", str(SMALL), "--set", setting)
    assert answer.code == 2
    assert not answer.out
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert not (tmp_path / "runs").exists()


OPTIONS = {
    "device": (("--device", "gpu"), "--device gpu: 'gpu' is no device"),
    "missing device": (("--device", "cuda:9"), "--device cuda:9: device 'cuda:9' is not available here"),
    "stage": (("--only", "trian"), "no stage is called 'trian'; stages are setup, data"),
    "check": (("--select", "dead-rely"), "did you mean 'dead-relu'?"),
    "report": (("--report", "pdf=x.pdf"), "write FORMAT=PATH"),
    "format": (("--format", "pdf"), "'pdf' is not one of"),
    "run": (("--resume", "nowhere"), "'nowhere' holds no evidence of a run"),
    "option": (("--nosuch",), "No such option"),
    "out": (("--out", __file__), "no run can be saved in"),
}


@pytest.mark.parametrize(("options", "said"), OPTIONS.values(), ids=OPTIONS)
def test_wrong_option(here: Run, options: tuple[str, ...], said: str) -> None:
    """A wrong option is told with what would be right."""
    answer = here("diagnose", str(SMALL), "--only", "setup", *options)
    assert answer.code == 2
    assert not answer.out
    assert said in answer.err
    assert "fault of cnndoctor" not in answer.err


RAISING = {
    "data": (f"data.train={node('FailingBlobs')}", 1, "broken-sample", "image 13 is truncated", True),
    "loss": (f"loss={node('failing_loss', _partial_=True)}", 2, "user-code-raises", "cannot compare", True),
    "factory": (f"model={node('failing_model')}", 2, "user-code-raises", 'settings["features"]', True),
    "forward": (f"model={node('FailingNet')}", 2, "user-code-raises", "self.missing(inputs)", True),
    "step": (
        f"step={node('failing_step', _partial_=True)}",
        2,
        "user-code-raises",
        "no_such_attribute",
        True,
    ),
    "shapes": ("model.features=5", 2, "user-code-raises", "8x4 and 5x8", True),
    "classes": ("model.classes=1", 1, "output-width-mismatch", "1 output for 2 classes", False),
}


@pytest.mark.parametrize(("setting", "code", "check", "said", "theirs"), RAISING.values(), ids=RAISING)
def test_users_exception(
    here: Run, tmp_path: Path, setting: str, code: int, check: str, said: str, theirs: bool
) -> None:
    """What the user's code raises is a finding with their lines and none of ours; the report is whole."""
    answer = here("diagnose", str(SMALL), "-q", "--format", "json", "--set", setting)
    report = json.loads(answer.out)
    assert answer.code == code
    cause = report["causes"][0]
    assert cause["check"] == check
    assert said in json.dumps(cause).replace('\\"', '"')
    assert "The cause was not found" not in cause["message"]
    files = re.findall(r'File \\"([^"]+)\\"', json.dumps(cause))
    assert all(Path(file).name == "parts.py" for file in files)
    if theirs:
        assert any(place["file"].endswith("parts.py") and place["line"] for place in cause["places"])
    run = only_run(tmp_path)
    assert json.loads((run / "report.json").read_text()) == report
    assert {"report.md", "report.html", "config.yaml", "environment.json"} <= {p.name for p in run.iterdir()}
    assert not list(run.rglob("*.tmp"))


def test_whole_checklist(process: Run, here: Run, tmp_path: Path) -> None:
    """A healthy run exits with 0 and leaves everything behind that the design names."""
    answer = process("diagnose", str(SMALL), "--report", "sarif=out/s.sarif", "--report", "html={name}.html")
    assert answer.code == 0, answer
    assert answer.out.startswith("HEALTHY  small")
    assert "train" in answer.err
    run = only_run(tmp_path)
    stages = ("setup", "data", "first-batch", "overfit", "lr-range", "gradient", "train")
    assert {p.name for p in (run / "tensorboard").iterdir()} >= {
        f"{number}-{name}" for number, name in enumerate(stages, 1)
    }
    assert {p.stem for p in (run / "evidence").iterdir()} >= {*stages, "experiment", "failures"}
    assert json.loads((tmp_path / "out" / "s.sarif").read_text())["version"] == "2.1.0"
    assert "<html" in (tmp_path / "small.html").read_text()
    (line,) = (tmp_path / "runs" / "history.jsonl").read_text().splitlines()
    assert json.loads(line)["verdict"] == "healthy"
    for format_name in ("text", "json", "markdown", "html", "sarif", "junit", "github", "gitlab", "concise"):
        assert here("render", str(run), "-f", format_name).code == 0
    before = json.loads((run / "report.json").read_text())
    again = process("recheck", str(run), "-f", "json", PYTHONPROFILEIMPORTTIME="1")
    assert again.code == 0
    assert json.loads(again.out) == before
    assert not imported_by(again) & HEAVY
    assert "small" in here("history").out


def test_only_skip_profile_seed(here: Run, tmp_path: Path) -> None:
    """Stages are chosen by name, the seed is told, and what was left out says so."""
    answer = here(
        *("diagnose", str(SMALL), "-q", "-f", "json", "--profile", "smoke", "--seed", "7", "--device", "cpu"),
        *("--only", "setup", "--only", "data", "--skip", "data"),
    )
    report = json.loads(answer.out)
    assert {s["name"] for s in report["stages"] if s["status"] == "ran"} == {"setup"}
    assert {s["note"] for s in report["stages"] if s["status"] == "skipped"} == {"not asked for"}
    assert report["environment"]["seed"] == 7
    assert json.loads((only_run(tmp_path) / "evidence" / "experiment.json").read_text())["seed"] == 7


def test_select_and_ignore(here: Run) -> None:
    """Checks and families are chosen by name; the others say that they were not selected."""

    def outcomes(*options: str) -> dict[str, str]:
        answer = here("diagnose", str(SMALL), "-q", "--only", "setup", "-f", "json", *options)
        return {o["check"]: o["reason"] for o in json.loads(answer.out)["outcomes"]}

    chosen = outcomes("--select", "optimizer", "--select", "unused-layers", "--ignore", "weak-optimizer")
    asked = {check for check, reason in chosen.items() if reason != "not selected"}
    assert "unused-layers" in asked
    assert "parameters-not-in-optimizer" in asked
    assert "weak-optimizer" not in asked
    assert "dead-relu" not in asked


def test_fail_on(here: Run) -> None:
    """The gate decides the exit code and nothing else."""
    overlap = ("--set", "data.validation.seed=0", "--set", "data.validation.size=48")
    sick = ("diagnose", str(SMALL), "-q", "--only", "setup", "--only", "data", *overlap)
    assert here(*sick).code == 1
    assert here(*sick, "--fail-on", "never").code == 0
    assert here(*sick, "--fail-on", "note").code == 1
    raising = ("diagnose", str(SMALL), "-q", "--set", "model.classes=1")
    assert here(*raising).code == 1
    assert here(*raising, "--fail-on", "never").code == 2


@pytest.fixture
def minds_interrupts() -> Iterator[None]:
    """Heed Ctrl-C: a shell that starts the tests in the background has told them to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("minds_interrupts")
def test_interrupted(here: Run, tmp_path: Path) -> None:
    """Ctrl-C ends with 130 and a whole report of what was done until then; --resume goes on from there."""
    options = ("-q", "--only", "setup", "--only", "data", "--only", "train")
    answer = here("diagnose", str(SMALL), *options, "--set", f"model={node('Interrupting')}")
    assert answer.code == 130
    run = only_run(tmp_path)
    report = json.loads((run / "report.json").read_text())
    assert report["verdict"] == "incomplete"
    assert report["summary"].endswith("train interrupted")
    assert [s["note"] for s in report["stages"] if s["status"] == "crashed"] == ["interrupted"]
    assert (run / "report.html").is_file()
    assert here("diagnose", str(SMALL), *options, "--resume", str(run)).code == 2  # another experiment


def test_terminated(here: Run, tmp_path: Path) -> None:
    """SIGTERM, by which clusters and CI end what takes too long, leaves a report as Ctrl-C does."""
    before = signal.getsignal(signal.SIGTERM)
    answer = here("diagnose", str(SMALL), "-q", "--only", "train", "--set", f"model={node('Terminating')}")
    signal.signal(signal.SIGTERM, before)
    assert answer.code == 130
    assert json.loads((only_run(tmp_path) / "report.json").read_text())["verdict"] == "incomplete"


def test_resume(here: Run, tmp_path: Path) -> None:
    """Finished stages are taken over from the run that is resumed."""
    here("diagnose", str(SMALL), "-q", "--only", "setup", "--only", "data")
    run = only_run(tmp_path)
    answer = here("diagnose", str(SMALL), "-q", "-f", "json", "--only", "train", "--resume", str(run))
    stages = {s["name"]: s for s in json.loads(answer.out)["stages"]}
    assert stages["data"]["note"] == f"taken over from {run.name}"
    assert stages["data"]["status"] == stages["train"]["status"] == "ran"
    assert stages["overfit"]["status"] == "skipped"
    assert answer.code == 0


def test_recheck_with_another_threshold(here: Run, tmp_path: Path) -> None:
    """A threshold changed afterwards changes the judgement without any training."""
    here("diagnose", str(SMALL), "-q")
    run = only_run(tmp_path)
    assert here("recheck", str(run)).code == 0
    stricter = here("recheck", str(run), "--set", "thresholds={class-imbalance: {max_ratio: 0.5}}")
    assert stricter.code == 0
    wrong = here("recheck", str(run), "--set", "thresholds={class-imbalanse: {max_ratio: 0.5}}")
    assert wrong.code == 2
    assert "did you mean 'class-imbalance'?" in wrong.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("explain", "dead-relu"),
        ("checks", "--format", "json"),
        ("schema",),
        ("validate", "--static", str(SMALL)),
        ("diagnose", "--help"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_light_commands_do_without_torch(process: Run, arguments: tuple[str, ...]) -> None:
    """What only reads answers at once: torch, numpy and the user's code are not imported."""
    answer = process(*arguments, PYTHONPROFILEIMPORTTIME="1")
    assert answer.code == 0, answer.err[-500:]
    assert answer.out
    assert "cnndoctor.cli" in imported_by(answer)
    assert not imported_by(answer) & HEAVY


def test_terminal_without_unicode(process: Run) -> None:
    """A terminal that knows ASCII only gets the report too."""
    answer = process("diagnose", str(SMALL), "--only", "setup", PYTHONIOENCODING="ascii")
    assert answer.code == 0, answer.err
    assert answer.out.startswith("HEALTHY")
    assert answer.out.isascii()


def test_colour(here: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Colour comes only on request when output is no terminal."""
    here("diagnose", str(SMALL), "-q", "--only", "setup")
    run = str(only_run(tmp_path))
    assert CSI not in here("render", run).out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert CSI in here("render", run).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert CSI not in here("render", run).out


def test_stdout_is_the_asked_format_alone(here: Run) -> None:
    """Progress and paths go to standard error, so that a pipe gets clean JSON."""
    answer = here("diagnose", str(SMALL), "--only", "setup", "--format", "json")
    assert json.loads(answer.out)["verdict"] == "healthy"
    assert "setup" in answer.err


def test_validate(here: Run) -> None:
    """A good file is ok; arguments that do not fit are told without building anything."""
    assert here("validate", str(SMALL)).out.endswith("small.yaml: ok\n")
    wrong = here("validate", str(SMALL), "--set", "optimizer.lrr=1", "--set", "model.widht=1")
    assert wrong.code == 2
    assert "did you mean 'lr'?" in wrong.err
    assert "did you mean 'width'?" in wrong.err
    assert here("validate", "--static", str(SMALL), "--set", "optimizer.lrr=1").code == 0


def test_unreadable_runs(here: Run, tmp_path: Path) -> None:
    """A folder that is no run, and a damaged one, are told with what is wrong."""
    missing = here("render", "nowhere")
    assert missing.code == 2
    assert "'nowhere' holds no report.json" in missing.err
    (tmp_path / "report.json").write_text('{"schema_version": "1.0", "verd')
    damaged = here("recheck", ".")
    assert damaged.code == 2
    assert "damaged" in damaged.err
    assert here("history").code == 2
    assert here("explain", "dead-rely").code == 2


def test_init_warns_of_a_model_that_is_not_there(here: Run) -> None:
    """A mistyped model still gives a file on standard output, and a warning beside it."""
    said = here("init", "nothing_of_the_sort:Net")
    assert said.code == 0
    assert "_target_: nothing_of_the_sort:Net" in said.out
    assert "warning: model nothing_of_the_sort:Net: Its arguments are not listed" in said.err


def test_a_report_that_cannot_be_written_is_no_fault_of_ours(here: Run, tmp_path: Path) -> None:
    """A file where a folder is wanted is told as wrong usage, and the run's own report stands."""
    (tmp_path / "file").write_text("")
    said = here("diagnose", str(SMALL), "-q", "--only", "setup", "--report", "json=file/r.json")
    assert said.code == 2
    assert "'file/r.json' cannot be written" in said.err
    assert (only_run(tmp_path) / "report.json").is_file()
