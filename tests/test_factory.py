"""Nodes become objects: targets are found, arguments bound and checked at their lines, children built first."""

from __future__ import annotations

import functools
import importlib
import pickle
import sys
from pathlib import Path

import pytest
import torch
from torch.utils.data import DataLoader

from cnndoctor import factory, user_modules
from cnndoctor.config import Node, load
from cnndoctor.errors import ConfigError, UserCodeError

MODELS = """\
import torch

class Net(torch.nn.Module):
    def __init__(self, num_classes, width=8, block=None):
        super().__init__()
        if width < 0:
            raise ValueError(f"width {width} is negative")
        self.width, self.block, self.num_classes = width, block, num_classes

def block(size=1):
    return ("block", size)

def collect(*args, **kwargs):
    return args, kwargs
"""
BASE = """\
model: {_target_: models.Net, num_classes: 10}
data:
  train: {_target_: models.block}
  loader: {batch_size: 4}
loss: {_target_: torch.nn.CrossEntropyLoss}
optimizer: {_target_: torch.optim.SGD, lr: 0.1}
train: {epochs: 1}
"""


@pytest.fixture(autouse=True)
def fresh_imports(monkeypatch: pytest.MonkeyPatch):
    """Leave the process's modules and search path as they were."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(user_modules, "_MODULES_OF_FOLDER", {})
    monkeypatch.setattr(user_modules, "_MODULES_OF_FILE", {})
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and "pytest" in str(sys.modules[name].__file__):
            del sys.modules[name]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A config's folder with a module beside it."""
    (tmp_path / "models.py").write_text(MODELS)
    return tmp_path


def checked(folder: Path, text: str) -> list[str]:
    """Return the problems of a config as lines without the file."""
    path = folder / "a.yaml"
    path.write_text(text)
    return [str(problem).removeprefix(f"{path}:") for problem in factory.check(load(path))]


@pytest.mark.parametrize("target", ["models.Net", "models:Net", "models.py:Net"])
def test_every_spelling_of_a_target_is_found(folder, target):
    """A module beside the config is found by dots, by colon and as a file."""
    assert factory.resolve(Node(target=target), folder).__name__ == "Net"


def test_inner_modules_are_imported():
    """A dotted target may pass through modules that nobody imported yet."""
    node = Node(target="torch.optim.lr_scheduler.StepLR")
    assert factory.resolve(node, Path()) is torch.optim.lr_scheduler.StepLR


def test_attributes_of_classes_are_found():
    """A target may end in a method of a class."""
    assert factory.resolve(Node(target="collections:OrderedDict.fromkeys"), Path()) is not None


def test_children_are_built_first(folder):
    """Nested nodes, also in lists and mappings, arrive built."""
    inner = Node(target="models.block", kwargs={"size": 2})
    node = Node(target="models.collect", args=([inner],), kwargs={"a": {"b": inner}})
    assert factory.build(node, config_dir=folder) == (([("block", 2)],), {"a": {"b": ("block", 2)}})


def test_runtime_arguments_come_first_and_win(folder):
    """Run time's positional arguments stand before the node's own, and its keywords replace the node's."""
    node = Node(target="models.collect", args=(2,), kwargs={"a": 1, "b": 2})
    assert factory.build(node, 1, config_dir=folder, b=3) == ((1, 2), {"a": 1, "b": 3})


def test_partial_hands_on_the_callable(folder):
    """With _partial_ the bare function is handed on, or a partial of it where there are arguments."""
    bare = factory.build(Node(target="models.block", partial=True), config_dir=folder)
    bound = factory.build(Node(target="models.block", partial=True, kwargs={"size": 3}), config_dir=folder)
    assert bare() == ("block", 1)
    assert isinstance(bound, functools.partial)
    assert bound() == ("block", 3)


def test_containers_are_new_each_time(folder):
    """What a factory does to a list it was given does not reach the config."""
    node = Node(target="models.collect", args=([1, 2],))
    first = factory.build(node, config_dir=folder)
    first[0][0].append(3)
    assert factory.build(node, config_dir=folder) == (([1, 2],), {})


def test_same_file_names_coexist_beside_the_standard_library(tmp_path):
    """Two folders may both hold a code.py; each is loaded once, and `code` of Python stays what it is."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "code.py").write_text(f"class Net:\n    where = '{name}'\n")
    found = {
        (name, target): factory.resolve(Node(target=target), tmp_path / name)
        for name in ("a", "b")
        for target in ("code.py:Net", "code.Net", "code:Net")
    }
    assert {key: net.where for key, net in found.items()} == {key: key[0] for key in found}
    assert found["a", "code.py:Net"] is found["a", "code.Net"]
    assert hasattr(importlib.import_module("code"), "InteractiveConsole")


def test_folders_have_their_own_modules_and_siblings(tmp_path):
    """Modules of one name in two config folders do not mix, neither do those that they import."""
    for name in ("a", "b", "a"):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "parts.py").write_text(f"WHERE = '{name}'\n")
        (folder / "nets.py").write_text(
            "import parts\ndef where():\n    import parts as late\n    return parts.WHERE + late.WHERE\n"
        )
        for target in ("nets.where", "nets.py:where"):
            assert factory.build(Node(target=target), config_dir=folder) == name * 2


def test_objects_of_file_targets_can_be_pickled(tmp_path):
    """Objects of a file target survive pickle in this process and reach DataLoader workers."""
    (tmp_path / "code.py").write_text("class Data(list):\n    pass\n")
    data = factory.build(Node(target="code.py:Data", args=([1, 2, 3],)), config_dir=tmp_path)
    assert pickle.loads(pickle.dumps(data)) == data
    assert [int(batch) for batch in DataLoader(data, batch_size=None, num_workers=1)] == [1, 2, 3]


def test_failed_import_is_tried_again(tmp_path):
    """A file that raised while it was loaded leaves nothing half-loaded behind."""
    (tmp_path / "net.py").write_text("raise RuntimeError('first')\n")
    with pytest.raises(UserCodeError, match="first"):
        factory.resolve(Node(target="net.py:Net"), tmp_path)
    (tmp_path / "net.py").write_text("class Net: pass\n# changed\n")
    assert factory.resolve(Node(target="net.py:Net"), tmp_path).__name__ == "Net"


def test_user_exception_names_the_phase_and_the_line(folder):
    """What a factory raises becomes a failure of `build model` at the user's line."""
    node = Node(target="models.Net", kwargs={"num_classes": 3, "width": -1}, key="model")
    with pytest.raises(UserCodeError) as caught:
        factory.build(node, config_dir=folder)
    failure = caught.value.failure
    assert (failure.phase, failure.message, failure.line) == ("build model", "width -1 is negative", 7)
    assert "factory.py" not in failure.traceback


def test_alias_of_a_refused_name_is_refused_when_found(tmp_path):
    """A user module cannot hide a shell behind another name."""
    (tmp_path / "sly.py").write_text("from os import system as friendly\nfrom builtins import eval as net\n")
    for target in ("sly.friendly", "sly.py:net"):
        with pytest.raises(user_modules.TargetNotFound, match="refused"):
            factory.resolve(Node(target=target), tmp_path)


def test_what_is_not_callable_cannot_be_built(folder):
    """A module or a constant is no factory."""
    with pytest.raises(ConfigError, match="cannot be called"):
        factory.build(Node(target="torch.nn", key="model"), config_dir=folder)


def test_healthy_experiment_has_no_problem(folder):
    """Required arguments that come at run time are not missed."""
    extra = "scheduler: {_target_: torch.optim.lr_scheduler.StepLR, step_size: 3, interval: step}\n"
    sampler = "{batch_size: 4, sampler: {_target_: torch.utils.data.SequentialSampler}}"
    assert checked(folder, BASE.replace("{batch_size: 4}", sampler) + extra) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "num_classes",
            "num_clases",
            "1:31: 'models.Net' has no argument 'num_clases'; did you mean 'num_classes'?",
        ),
        (", num_classes: 10", "", "1:1: 'models.Net' needs the argument 'num_classes'."),
        (
            "lr: 0.1",
            "learning_rate: 0.1",
            "6:40: 'torch.optim.SGD' has no argument 'learning_rate'; did you mean 'lr'?",
        ),
        (
            "lr: 0.1",
            "params: 1",
            "6:40: 'params' of 'torch.optim.SGD' is given twice; cnndoctor supplies it: the parameters. Remove it.",
        ),
        (
            "batch_size",
            "batchsize",
            "4:12: 'torch.utils.data.DataLoader' has no argument 'batchsize'; did you mean 'batch_size'?",
        ),
        ("models.Net", "models.Nett", "1:9: 'models' has no 'Nett'; did you mean 'Net'?"),
        ("torch.optim.SGD", "torch.float32", "6:13: 'torch.float32' is of type dtype and cannot be called."),
        (
            "torch.nn.CrossEntropyLoss",
            "torch.nn.functional.mse_loss",
            (
                "5:1: 'torch.nn.functional.mse_loss' needs the arguments 'input', 'target'. "
                "A function is called to build its result; to hand on the function itself add _partial_: true."
            ),
        ),
        (
            "num_classes: 10",
            "_args_: [1, 2, 3, 4]",
            "1:31: 'models.Net' takes 3 positional arguments; '_args_' has 4.",
        ),
        (
            "num_classes: 10",
            "_args_: [1], num_classes: 2",
            "1:44: 'num_classes' of 'models.Net' is given twice; '_args_' gives it. Remove it.",
        ),
    ],
)
def test_arguments_are_held_against_the_signature(folder, old, new, message):
    """A wrong argument is said at its own line, with the near name, and once."""
    assert checked(folder, BASE.replace(old, new)) == [message]


def test_callables_without_signature_are_tolerated(folder):
    """Torch's builtins tell no signature; calling them will tell."""
    assert checked(folder, BASE.replace("torch.nn.CrossEntropyLoss", "torch.add")) == []


def test_import_errors_carry_the_users_traceback(folder):
    """A module that raises while it is imported is a problem with its own traceback."""
    (folder / "broken.py").write_text("import nothing_like_it\n")
    path = folder / "a.yaml"
    path.write_text(BASE.replace("models.Net", "broken.Net"))
    (problem,) = factory.check(load(path))
    assert (
        "importing 'broken.Net' raised ModuleNotFoundError: No module named 'nothing_like_it'"
        in problem.message
    )
    assert 'broken.py", line 1' in problem.source
    assert "importlib" not in problem.source


def test_finished_loaders_get_nothing(folder: Path) -> None:
    """A factory of a finished validation loader is called with its own arguments alone, whatever they are called."""
    text = BASE.replace(
        "  loader: {batch_size: 4}\n",
        "  loader: {batch_size: 4}\n  validation_loader: {_target_: models.block, size: 2}\n",
    )
    path = folder / "finished.yaml"
    path.write_text(text, encoding="utf-8")
    assert factory.check(load(path)) == ()


def test_all_problems_are_told_in_one_go(folder: Path) -> None:
    """A name that is missing in a file and one that only importing finds are told together, each once."""
    path = folder / "a.yaml"
    path.write_text(
        BASE.replace("models.Net", "models.Nett").replace(
            "torch.nn.CrossEntropyLoss", "torch.nn.CrossEntropy"
        )
    )
    told = [problem.message for problem in factory.all_problems(load(path))]
    assert len(told) == 2
    assert "'Nett'" in told[0]
    assert "'CrossEntropy'" in told[1]
