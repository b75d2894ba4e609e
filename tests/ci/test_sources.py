"""What an experiment rests on: code by its imports, data by the texts that name it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnndoctor.ci.sources import sources_of
from cnndoctor.config import Config, load

CONFIG = """\
model: {_target_: nets.small.Net, weights: weights.pt}
data: {train: {_target_: "reading/files.py:train", root: ../images}}
loss: {_target_: torch.nn.CrossEntropyLoss}
optimizer: {_target_: torch.optim.SGD, lr: 0.1}
train: {epochs: 1}
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """An experiment over a package, a file, a weights file and a folder of images."""
    files = {
        "configs/a.yaml": CONFIG,
        "configs/nets/__init__.py": "",
        "configs/nets/small.py": "import torch\nfrom . import blocks\nfrom .more import deep\nimport unrelated\n",
        "configs/nets/blocks.py": "",
        "configs/nets/more/__init__.py": "",
        "configs/nets/more/deep.py": "from helper import table\n",
        "configs/nets/unused.py": "",
        "configs/reading/files.py": "LIST = 'lists/train.txt'\ndef train(root): return open('/')\n",
        "configs/lists/train.txt": "1\n",
        "configs/weights.pt": "w",
        "helper.py": "",
        "images/1.png": "png",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    return load(Path("configs/a.yaml"))


def test_code_is_followed_through_imports(config: Config, tmp_path: Path) -> None:
    """Packages, relative imports and modules of the working directory are found; what nobody imports is not."""
    found = {str(path.relative_to(tmp_path)) for path in sources_of(config).code}
    assert found == {
        "configs/nets/__init__.py",
        "configs/nets/small.py",
        "configs/nets/blocks.py",
        "configs/nets/more/__init__.py",
        "configs/nets/more/deep.py",
        "configs/reading/files.py",
        "helper.py",
    }


def test_data_is_what_a_text_names(config: Config, tmp_path: Path) -> None:
    """A path among the arguments or in the user's code counts where it exists; the root of the disk never does."""
    found = {str(path.relative_to(tmp_path)) for path in sources_of(config).data}
    assert found == {"configs/weights.pt", "configs/lists/train.txt", "images"}


def test_a_file_below_a_data_folder_touches(config: Config, tmp_path: Path) -> None:
    """Of changed files those count that the experiment rests on, also below a folder it names."""
    changed = frozenset(tmp_path / name for name in ("images/1.png", "helper.py", "configs/nets/unused.py"))
    assert sources_of(config).touched_by(changed) == (tmp_path / "helper.py", tmp_path / "images/1.png")


def test_broken_code_is_no_obstacle(config: Config, tmp_path: Path) -> None:
    """A file that does not parse still counts as source."""
    (tmp_path / "configs/nets/blocks.py").write_text("def (:\n")
    assert tmp_path / "configs/nets/blocks.py" in sources_of(config).code
