"""An experiment file is read with the line of every key, and everything wrong with it is said at once."""

# ruff: noqa: E501  (messages are held whole, on one line)

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from cnndoctor.config import Config, Node, json_schema, load, static_problems, validate_check_names
from cnndoctor.errors import ConfigError

BASE = """\
model: {_target_: models.Net, num_classes: 10}
data:
  train: {_target_: collections.OrderedDict}
  loader: {batch_size: 64}
loss: {_target_: math.sqrt}
optimizer: {_target_: math.floor, lr: 5e-2}
train: {epochs: 5}
"""


@pytest.fixture
def write(tmp_path: Path):
    """Return a function that writes a config beside a models.py and returns its path."""
    (tmp_path / "models.py").write_text("import os\nclass Net: pass\nif True:\n    def other(): pass\n")

    def _write(text: str) -> Path:
        path = tmp_path / "a.yaml"
        path.write_text(text)
        return path

    return _write


@pytest.fixture
def read(write):
    """Return a function that loads a text."""

    def _read(text: str, *overrides: str) -> Config:
        return load(write(text), overrides)

    return _read


@pytest.fixture
def refuse(write):
    """Return a function that loads a text, expects refusal and returns the messages without the file."""

    def _refuse(text: str, *overrides: str) -> list[str]:
        path = write(text)
        with pytest.raises(ConfigError) as caught:
            load(path, overrides)
        return [str(problem).replace(f"{path}:", "", 1) for problem in caught.value.problems]

    return _refuse


# -- what is read ----------------------------------------------------------------------------------------------------


def test_defaults_and_places(read, tmp_path):
    """A small file is enough; name, lines and spans are known."""
    config = read(BASE)
    assert (config.name, config.seed, config.device, config.task) == ("a", 0, "auto", "auto")
    assert (config.train.epochs, config.train.accumulate.steps, config.train.accumulate.normalise) == (
        5,
        1,
        True,
    )
    assert config.stages.lr_range.start is None
    assert config.lines["optimizer.lr"] == (6, 35)
    start, end = config.spans["optimizer.lr"]
    assert config.text[start:end] == "5e-2"
    assert config.folder == tmp_path.resolve()
    assert len(config.sha256) == 64


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("3E4", 30000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("-.inf", -math.inf),
        ("0o17", 15),
        ("017", 17),
        ("0x1F", 31),
        ("-7", -7),
        ("true", True),
        ("no", "no"),
        ("On", "On"),
        ("~", None),
        ("", None),
        ("1.2.3", "1.2.3"),
        ("12:30:00", "12:30:00"),
        ("2024-01-01", "2024-01-01"),
        ("'1e-3'", "1e-3"),
        ("1e-3x", "1e-3x"),
    ],
)
def test_scalars_follow_yaml_1_2(read, text, value):
    """Numbers, switches and text are what YAML 1.2's core schema says."""
    config = read(BASE.replace("num_classes: 10", f"num_classes: {text}"))
    found = config.model.kwargs["num_classes"]
    assert found == value
    assert type(found) is type(value)


def test_old_switches_are_text_with_a_warning(read):
    """Yes and no are text, and a warning says so at their place."""
    config = read(BASE.replace("num_classes: 10", "a: yes, b: 1_000"))
    assert [str(warning).rpartition("a.yaml:")[2] for warning in config.warnings] == [
        "1:34: 'model.a: yes' is read as text; write true if you mean a switch.",
        "1:42: 'model.b: 1_000' is read as text; write 1000 if you mean a number.",
    ]


@pytest.mark.parametrize(
    "spelling",
    [
        "{_target_: models.Net, num_classes: 10, inner: {_target_: models.other, n: 1}}",
        "{class_path: models.Net, init_args: {num_classes: 10, inner: {class_path: models.other, init_args: {n: 1}}}}",
        "{_component_: models.Net, num_classes: 10, inner: {_component_: models.other, n: 1}}",
    ],
)
def test_three_spellings_are_one_node(read, spelling):
    """Every spelling of a node gives the same record, with the same paths."""
    config = read(BASE.replace("{_target_: models.Net, num_classes: 10}", spelling))
    inner = Node(target="models.other", kwargs={"n": 1}, key="model.inner")
    assert config.model == Node(target="models.Net", kwargs={"num_classes": 10, "inner": inner}, key="model")
    assert {"model.num_classes", "model.inner.n"} <= set(config.lines)
    assert [node.key for node in config.nodes][:2] == ["model", "model.inner"]


def test_nodes_nest_in_lists_and_keep_reserved_keys(read):
    """Nodes are found in lists; _args_, _partial_, _recursive_ and _convert_ are understood."""
    node = "{_target_: models.Net, _args_: [1, {_target_: models.other}], _partial_: true, _convert_: all, x: [{_target_: m.n}]}"
    model = read(BASE.replace("{_target_: models.Net, num_classes: 10}", node)).model
    assert model.partial
    assert model.args == (1, Node(target="models.other", key="model._args_.1"))
    assert model.kwargs == {"x": [Node(target="m.n", key="model.x.0")]}


def test_not_recursive_leaves_children_plain(read):
    """With _recursive_: false nested nodes stay dictionaries."""
    node = "{_target_: models.Net, _recursive_: false, x: {_target_: m.n}}"
    model = read(BASE.replace("{_target_: models.Net, num_classes: 10}", node)).model
    assert model.kwargs == {"x": {"_target_": "m.n"}}


def test_scheduler_parts_its_own_keys(read):
    """Interval and monitor belong to the scheduler's section, the rest to its callable."""
    scheduler = read(
        BASE + "scheduler: {_target_: m.S, T_max: 3, interval: step, monitor: validation_loss}\n"
    ).scheduler
    assert scheduler is not None
    assert scheduler.node == Node(target="m.S", kwargs={"T_max": 3}, key="scheduler")
    assert (scheduler.interval, scheduler.monitor) == ("step", "validation_loss")


def test_accumulate_has_two_forms(read):
    """A number of batches, or steps with normalise."""
    long = read(BASE.replace("epochs: 5", "epochs: 5, accumulate: {steps: 4, normalise: false}"))
    short = read(BASE.replace("epochs: 5", "epochs: 5, accumulate: 4"))
    assert (long.train.accumulate.steps, long.train.accumulate.normalise) == (4, False)
    assert (short.train.accumulate.steps, short.train.accumulate.normalise) == (4, True)


def test_config_dir_is_at_hand(read, tmp_path):
    """${config_dir} in a text becomes the config's folder."""
    config = read(BASE.replace("num_classes: 10", "path: '${config_dir}/x.pt'"))
    assert config.model.kwargs["path"] == f"{tmp_path.resolve()}/x.pt"


def test_anchors_and_merges_work(read):
    """Aliases repeat a value, '<<' merges, and own keys win."""
    text = BASE.replace("train: {_target_: collections.OrderedDict}", "train: &d {_target_: m.d, a: 1, b: 2}")
    config = read(text.replace("  loader", "  validation: {<<: *d, b: 3}\n  loader"))
    assert config.data.validation == Node(target="m.d", kwargs={"a": 1, "b": 3}, key="data.validation")


def test_overrides(read):
    """A setting replaces a value, reaches into init_args and makes sections that the file leaves out."""
    text = BASE.replace("{_target_: math.floor, lr: 5e-2}", "{class_path: math.floor, init_args: {lr: 5e-2}}")
    settings = ("optimizer.lr=1e-3", "stages.overfit.samples=8", "seed=3", "intent.frozen=[a, b]")
    config = read(text, *settings)
    assert config.optimizer.kwargs == {"lr": 0.001}
    assert (config.stages.overfit.samples, config.seed, config.intent.frozen) == (8, 3, ("a", "b"))
    assert config.overrides == settings
    assert config.sha256 != read(text).sha256


# -- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": the file is empty. Start with `cnndoctor init MODULE:MODEL`."),
        ("# only\n", ": the file is empty. Start with `cnndoctor init MODULE:MODEL`."),
        ("- a\n", "1:1: the file holds a list where an experiment is a mapping (key: value)."),
        ("a:\n\tb: 1\n", "2:1: a tab stands here; YAML indents with spaces only. Replace it by spaces."),
        (
            "a: 1\nb: [1, 2\nc: 3\n",
            (
                "2:4: the '[' that opens here is not closed properly; reading failed at line 3, column 2. "
                "Look for a missing ']', comma or quote."
            ),
        ),
        ("a: 'x\n", "1:4: the quote that opens here is never closed."),
        (
            "a: b: c\n",
            "1:5: this ':' does not fit: the line is indented wrongly, or a value holds ': ' without quotes.",
        ),
        ("a: 1\nb\n", "2:1: this line is no 'key: value'. A key needs a colon and a space after it."),
        ("a: *b\n", "1:4: the alias 'b' is used and no '&' defines it above."),
        ("a: 1\n---\nb: 2\n", "3:1: a second document begins here ('---'); an experiment file holds one."),
        (
            "a: 1\n b: 2\n",
            "2:3: this ':' does not fit: the line is indented wrongly, or a value holds ': ' without quotes.",
        ),
        ("[" * 5000, ": brackets are nested too deeply to be read."),
    ],
)
def test_bad_yaml_is_said_in_plain_words(refuse, text, message):
    """What YAML cannot read is said with its place and what to do."""
    (said,) = refuse(text)
    assert said.removeprefix(" ") == message.removeprefix(": ")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("epochs: 5", "epoch: 5", "7:9: unknown key 'epoch' in 'train'; did you mean 'epochs'?"),
        ("optimizer:", "optimiser:", "6:1: unknown key 'optimiser'; did you mean 'optimizer'?"),
        ("loss:", "criterion:", "5:1: unknown key 'criterion'; did you mean 'loss'?"),
        ("epochs: 5", "epochs: -5", "7:9: 'train.epochs' must be at least 1, not -5."),
        (
            "epochs: 5",
            "epochs: '5'",
            "7:9: 'train.epochs' must be a whole number, not '5'. Remove the quotes.",
        ),
        ("epochs: 5", "epochs: true", "7:9: 'train.epochs' must be a whole number, not true."),
        (
            "epochs: 5",
            "epochs: 5, steps: 3",
            "7:20: 'train' has both 'epochs' and 'steps'. Keep one of them.",
        ),
        (
            "epochs: 5",
            "precision: fp16",
            "7:1: 'train' says neither 'epochs' nor 'steps'. Add for example epochs: 10.",
        ),
        (
            "epochs: 5",
            "epochs: 5, precision: fp8",
            "7:20: 'train.precision' must be one of fp32, bf16, fp16, not 'fp8'.",
        ),
        ("epochs: 5", "epochs: 5, accumulate: 0", "7:20: 'train.accumulate' must be at least 1, not 0."),
        ("epochs: 5", "epochs: 5, clip_grad_norm: 0", "7:20: 'train.clip_grad_norm' must be above 0, not 0."),
        (
            "epochs: 5",
            "epochs: 5, clip_grad_norm: .nan",
            "7:20: 'train.clip_grad_norm' must be a finite number, not nan.",
        ),
        (
            "epochs: 5",
            "epochs: 5, early_stopping: {}",
            "7:20: 'patience' is missing in 'train.early_stopping'. Add for example patience: 5.",
        ),
        (
            "batch_size: 64",
            "batch_size: 0",
            "4:12: 'data.loader.batch_size' must be a whole number of at least 1, not 0.",
        ),
        (
            "{batch_size: 64}",
            "[64]",
            "4:3: 'data.loader' must be a mapping of DataLoader's keyword arguments, not a list.",
        ),
        (
            "  loader: {batch_size: 64}",
            "  batch_size: 64",
            "4:3: unknown key 'batch_size' in 'data'. It belongs in 'data.loader'.",
        ),
        (
            "train: {_target_: collections.OrderedDict}",
            "inputs: 0",
            "2:1: 'data' has no training data. Name a dataset by 'train', or a finished loader by 'train_loader'.",
        ),
        (
            "_target_: models.Net",
            "type: Net",
            "1:1: 'model' names its callable by 'type', which only a registry understands; write _target_: package.module.Net.",
        ),
        ("{_target_: math.sqrt}", "math.sqrt", "5:1: 'loss' is text; write {_target_: math.sqrt}."),
        (
            "num_classes: 10",
            "_partial: true, _patial_: true",
            "1:47: unknown key '_patial_' in 'model'; did you mean '_partial_'?",
        ),
        ("num_classes: 10", "_args_: 3", "1:31: '_args_' in 'model' must be a list, not 3."),
        (
            "num_classes: 10",
            "num_classes: 1, num_classes: 2",
            "1:47: key 'num_classes' stands twice in 'model'; first in line 1.",
        ),
        (
            "num_classes: 10",
            "x: !!python/name:os.system ",
            "1:34: the tag '!!python/name:os.system' is not supported. Name a callable by '_target_'.",
        ),
        (
            "models.Net",
            "Net",
            (
                "1:9: 'Net' has no module; write 'module.Net' or 'file.py:Net'. "
                "Write package.module.Name, package.module:Name or path/to/file.py:Name."
            ),
        ),
        ("train: {epochs: 5}", "train:", "7:1: 'train' must be a mapping (key: value), not null (nothing)."),
        (
            "train: {epochs: 5}",
            "train: {epochs: 5}\nseed: 1.5",
            "8:1: 'seed' must be a whole number, not 1.5.",
        ),
        (
            "train: {epochs: 5}",
            "train: {epochs: 5}\ndevice: gpu",
            "8:1: 'device' must be one of auto, cpu, cuda, cuda:1 (any number) or mps, not 'gpu'.",
        ),
        (
            "train: {epochs: 5}",
            "train: {epochs: 5}\ntask: segmentaton",
            "8:1: 'task' must be one of auto, classification, multilabel, segmentation, regression, ctc, not 'segmentaton'. Did you mean 'segmentation'?",
        ),
        (
            "train: {epochs: 5}",
            "train: {epochs: 5}\nintent: {memorise: yes}",
            "8:10: 'intent.memorise' must be true or false, not 'yes'. YAML 1.2 reads yes, no, on and off as text.",
        ),
        (
            "train: {epochs: 5}",
            "train: {epochs: 5}\nignore: {x: ' '}",
            "8:10: 'ignore.x' needs a reason; the report shows it. Write why this check does not matter here.",
        ),
        (
            "train: {epochs: 5}",
            "train: {epochs: 5}\nstages: {lr-range: {steps: 20}}",
            "8:10: unknown key 'lr-range' in 'stages'; did you mean 'lr_range'?",
        ),
        (
            "train: {epochs: 5}",
            "train: {epochs: 5}\nstages: {lr_range: {start: 1, end: 0.1}}",
            "8:21: 'stages.lr_range.start' must be below 'end'; 1 is not below 0.1.",
        ),
        (
            "train: {epochs: 5}",
            "train: {epochs: 5}\nepochs: 3",
            "8:1: unknown key 'epochs'. It belongs in 'train'.",
        ),
    ],
)
def test_every_problem_has_place_and_advice(refuse, old, new, message):
    """A wrong key or value is said once, in one sentence, at its line and column."""
    assert message in refuse(BASE.replace(old, new))
    assert len([said for said in refuse(BASE.replace(old, new)) if "there is no module" not in said]) == 1


def test_all_problems_at_once_in_order(refuse):
    """Keys, values, targets and rules are all said in one go, in the order of the file."""
    text = "seed: x\nmodel: {_target_: models.Nett}\ndata: {}\ntrain: {epochs: 1, steps: 1}\nfoo: 1\n"
    lines = [said.split(":")[0].strip() for said in refuse(text)]
    assert [line for line in lines if line.isdecimal()] == ["1", "2", "3", "4", "5"]
    assert len(lines) == 7  # and loss and optimizer are missing


@pytest.mark.parametrize(
    "target",
    [
        "os.system",
        "os:system",
        "posix.system",
        "nt.popen",
        "os.popen",
        "os.execvp",
        "os.spawnl",
        "os.posix_spawn",
        "subprocess.run",
        "subprocess:Popen",
        "builtins.eval",
        "builtins.exec",
        "builtins.compile",
        "builtins.__import__",
        "pickle.load",
        "pickle.loads",
        "_pickle.loads",
        "shutil.rmtree",
        "importlib.import_module",
        "runpy.run_path",
        "pty.spawn",
        "code.interact",
        "models.os.system",
        "models.py:os.system",
        "timeit.timeit",
    ],
)
def test_shells_and_evaluators_are_refused(refuse, target):
    """Targets that start programs, evaluate text, unpickle or delete are refused with the reason."""
    (said,) = refuse(BASE.replace("models.Net", f"'{target}'"))
    assert said.startswith(f"1:9: '{target}' is refused as a target: it ")


@pytest.mark.parametrize(
    "target", ["models.compile", "models.py:eval", "code.Net", "torch.compile", "re.compile"]
)
def test_harmless_namesakes_are_welcome(read, target):
    """A name of the user's own that only sounds like a refused one is none."""
    assert read(BASE.replace("models.Net", target)).model.target == target


def test_overrides_begin_sections_of_free_names(read):
    """Thresholds and reasons can be laid over a file that has none."""
    config = read(BASE, "thresholds.dead-relu.max_dead_share=0.7", "ignore.class-imbalance=long tail")
    assert config.thresholds == {"dead-relu": {"max_dead_share": 0.7}}
    assert config.ignore == {"class-imbalance": "long tail"}


def test_overrides_that_do_not_fit(refuse):
    """A setting with an unknown parent, a bad value or no value names --set and the near name."""
    assert refuse(
        BASE, "optimiser.lr=3", "train.epochs=-1", "foo", "optimizer.lr=[1", "model.num_classes.x=1"
    ) == [
        "--set optimiser.lr=3: there is no 'optimiser' in the file; did you mean 'optimizer'?",
        "--set foo: --set takes key=value, for example --set optimizer.lr=0.01.",
        (
            "--set optimizer.lr=[1: the value is no YAML: the '[' that opens here is not closed properly; "
            "reading failed at line 1, column 3."
        ),
        "--set model.num_classes.x=1: 'model.num_classes' holds a single value and no 'x'.",
        "--set train.epochs=-1: 'train.epochs' must be at least 1, not -1.",
    ]


def test_unreadable_files(tmp_path):
    """A missing file has its near name; a folder and bytes that are no text say what they are."""
    (tmp_path / "digits.yaml").write_text(BASE)
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9\n")
    for name, words in (
        ("digit.yaml", f"there is no such file. Did you mean '{tmp_path / 'digits.yaml'}'?"),
        ("tasks.yaml", "there is no such file."),
        ("", "this is a folder; name a YAML file in it."),
        ("latin.yaml", "byte 9 is no UTF-8 text. Save the file as UTF-8."),
    ):
        with pytest.raises(ConfigError) as caught:
            load(tmp_path / name)
        assert str(caught.value) == f"{tmp_path / name}: {words}"


def test_aliases_cannot_blow_up_or_circle(refuse):
    """Aliases that contain themselves or multiply are refused quickly."""
    bomb = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
    for before, name in zip("abcdefg", "bcdefgh", strict=True):
        bomb += f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    assert any("aliases blow the file up" in said for said in refuse(BASE + bomb))
    assert any("contains itself" in said for said in refuse(BASE + "metrics: &m {a: *m}\n"))


# -- without running the user's code ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("models.Nett", "'models' has no 'Nett'; did you mean 'Net'?"),
        ("modls.Net", "there is no module 'modls' for 'modls.Net'; did you mean 'models'?"),
        ("model.py:Net", "did you mean 'models.py'?"),
        ("models.py:oter", "'models.py' has no 'oter'; did you mean 'other'?"),
        ("broken.Net", "'broken.py' is no valid Python"),
    ],
)
def test_targets_are_looked_up_without_importing(read, tmp_path, monkeypatch, target, message):
    """Files and names are held against the user's source, with near names, and nothing is imported."""
    monkeypatch.delitem(sys.modules, "models", raising=False)  # another test's
    (tmp_path / "broken.py").write_text("def f(:\n")
    (problem,) = static_problems(read(BASE.replace("models.Net", target)))
    assert message in problem.message
    assert (problem.line, problem.column) == (1, 9)
    assert "models" not in sys.modules


def test_good_targets_are_found_statically(read, monkeypatch, tmp_path):
    """Names defined by class, import or under an if are found, also in a file."""
    for target in ("models.Net", "models:other", "models.py:Net", "math.sqrt", "torch.nn.Linear"):
        assert static_problems(read(BASE.replace("models.Net", target))) == ()


def test_check_names_are_held_against_the_catalogue(read):
    """Unknown checks under thresholds and ignore are said at their lines with near names."""
    config = read(BASE + "thresholds: {dead-rely: {x: 1}}\nignore: {loss-flat: fine}\n")
    with pytest.raises(
        ConfigError, match=r"8:14: unknown check 'dead-rely' in 'thresholds'; did you mean 'dead-relu'\?"
    ):
        validate_check_names(config, {"dead-relu": {}, "loss-flat": {}})
    validate_check_names(config, {"dead-rely": {"x": 0.5}, "loss-flat": {}})
    with pytest.raises(ConfigError, match=r"'dead-rely' has no threshold 'x'. It has: max_share\."):
        validate_check_names(config, {"dead-rely": {"max_share": 0.5}, "loss-flat": {}})
    with pytest.raises(ConfigError, match=r"'thresholds.dead-rely.x' must be a value like True, not 1\."):
        validate_check_names(config, {"dead-rely": {"x": True}, "loss-flat": {}})


# -- the schema ------------------------------------------------------------------------------------------------------


def test_schema_is_draft_7_and_described(read):
    """The JSON Schema is valid, says what every key means and has no dangling reference."""
    schema: dict[str, Any] = dict(json_schema())
    jsonschema.Draft7Validator.check_schema(schema)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    text = json.dumps(schema)
    assert "$defs" not in text
    assert "prefixItems" not in text
    definitions = schema["definitions"]
    for section in [schema, *definitions.values()]:
        for name, field in section.get("properties", {}).items():
            assert "description" in field or "$ref" in field, name
            assert set(_references(field)) <= {f"#/definitions/{known}" for known in definitions}


def test_schema_accepts_what_load_accepts():
    """A valid experiment passes the schema, a misspelt key does not."""
    tree = yaml.safe_load(BASE.replace("5e-2", "0.05"))
    tree["scheduler"] = {"_target_": "m.S", "T_max": 3, "interval": "epoch"}
    tree["train"]["accumulate"] = {"steps": 2, "normalise": False}
    validator = jsonschema.Draft7Validator(json_schema())
    assert list(validator.iter_errors(tree)) == []
    tree["train"]["epoch"] = 3
    assert len(list(validator.iter_errors(tree))) == 1


def _references(schema: object) -> list[str]:
    if isinstance(schema, dict):
        own = [schema["$ref"]] if "$ref" in schema else []
        return own + [found for value in schema.values() for found in _references(value)]
    return [found for item in schema for found in _references(item)] if isinstance(schema, list) else []


def test_reading_needs_no_torch(write):
    """Loading, static validation and the schema never import torch."""
    code = (
        "import sys; from pathlib import Path; from cnndoctor.config import *;"
        f"c = load(Path({str(write(BASE))!r})); static_problems(c); json_schema(); print('torch' in sys.modules)"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
