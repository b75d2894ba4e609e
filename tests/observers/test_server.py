"""TensorBoard's own server shows what an examination wrote, asked over HTTP as its pages ask."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cnndoctor.stages import STAGES

ROOT = Path(__file__).parents[2]
RUNS = [f"{number}-{stage.name}" for number, stage in enumerate(STAGES, 1)]
Ask = Callable[[str], Any]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The logs of an examination of the tutorial."""
    out = tmp_path_factory.mktemp("runs")
    config = ROOT / "configs/digits.yaml"
    own = ["--out", str(out), "--profile", "smoke", "--device", "cpu", "--format", "concise", "--quiet"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-P", "-m", "cnndoctor", "--isolated", "diagnose", str(config), *own]
    subprocess.run(command, env=environment, capture_output=True, check=True)
    return next(out.glob("digits/*/tensorboard"))


@pytest.fixture(scope="module")
def ask(logs: Path) -> Iterator[Ask]:
    """The server's API, on a free port."""
    command = [
        sys.executable,
        "-m",
        "tensorboard.main",
        "--logdir",
        str(logs),
        "--host",
        "127.0.0.1",
        "--port",
        "0",
    ]
    with subprocess.Popen([*command, "--load_fast=false"], stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        address = next((line.split("at ")[1].split()[0] for line in server.stderr if "http://" in line), "")
        assert address, "the server did not start"

        def get(path: str) -> Any:
            request = urllib.request.Request(f"{address.rstrip('/')}/data/{path}")
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)

        deadline = time.monotonic() + 30
        while len(get("runs")) < len(RUNS) + 1 and time.monotonic() < deadline:
            time.sleep(0.2)
        yield get
        server.terminate()


def test_every_stage_is_a_run(ask: Ask) -> None:
    """One run a stage, in order, and one for the report."""
    assert sorted(ask("runs")) == [*RUNS, "report"]


def test_stages_have_curves_pictures_and_texts(ask: Ask) -> None:
    """Scalars, images, histograms and texts are served; each stage says at least what it did."""
    scalars, images = ask("plugin/scalars/tags"), ask("plugin/images/tags")
    assert {"loss/train", "lr", "gradient/norm", "loss/validation"} <= set(scalars["7-train"])
    assert scalars["5-lr-range"]
    assert any(tag.startswith("worst/") for tag in images["7-train"])
    assert images["2-data"]
    assert ask("plugin/histograms/tags")["7-train"]
    texts = ask("plugin/text/tags")
    assert set(RUNS) | {"report"} <= set(texts)
    steps = ask("plugin/scalars/scalars?run=7-train&tag=loss%2Ftrain")
    assert len(steps) >= 10


def test_dashboards_are_there(ask: Ask) -> None:
    """The layout of curves and the line of settings and results are among the plugins that have data."""
    assert any("training" in str(category) for category in ask("plugin/custom_scalars/layout").values())
    enabled = {name for name, plugin in ask("plugins_listing").items() if plugin["enabled"]}
    assert {"scalars", "custom_scalars", "images", "histograms", "text", "hparams"} <= enabled
