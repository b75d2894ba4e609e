"""The page in a real browser: it draws its plots, fits a phone, and obeys no user."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cnndoctor.report import Report
from cnndoctor.reporters import FORMATS, Context

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER = next((path for name in BROWSERS if (path := shutil.which(name))), None)

pytestmark = [pytest.mark.slow, pytest.mark.skipif(BROWSER is None, reason="needs Chromium")]

# A page around the page, which may run script where the report may not, and measures it at several widths.
PROBE = """<!doctype html><body><pre id="found"></pre>
<iframe src="report.html" style="border:0;width:1280px;height:900px"></iframe>
<script>
const frame = document.querySelector("iframe");
frame.onload = () => {
  const inside = frame.contentDocument, found = {title: inside.title, hacked: Boolean(frame.contentWindow.hacked)};
  for (const width of [1280, 390]) {
    frame.style.width = width + "px";
    found["overflow" + width] = inside.documentElement.scrollWidth - inside.documentElement.clientWidth;
  }
  found.curves = [...inside.querySelectorAll("svg .curve")].map(c => Math.round(c.getBoundingClientRect().width));
  found.lost = [...inside.querySelectorAll("a")].filter(a => !inside.querySelector(a.getAttribute("href"))).length;
  found.links = inside.querySelectorAll("a").length;
  found.alive = inside.querySelectorAll("script, iframe, object").length;
  found.foreign = [...inside.querySelectorAll("img")].filter(i => !i.src.startsWith("data:image/png;base64,")).length;
  found.pictures = [...inside.querySelectorAll("img")].map(i => [i.naturalWidth, i.clientWidth > 32, i.alt.length > 0]);
  found.bars = [...inside.querySelectorAll(".bars rect")].map(b => Math.round(b.getBoundingClientRect().width));
  found.cells = inside.querySelectorAll(".matrix rect").length;
  found.named = [...inside.querySelectorAll("svg[role=img]")].every(s => s.getAttribute("aria-labelledby").split(" ")
    .every(id => inside.getElementById(id) && inside.getElementById(id).textContent));
  document.getElementById("found").textContent = JSON.stringify(found);
};
</script>"""


def visit(folder: Path) -> tuple[dict[str, Any], list[str]]:
    """Open the probe, and return what it measured and what the console said."""
    done = subprocess.run(
        [
            BROWSER or "",
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--allow-file-access-from-files",
            "--enable-logging=stderr",
            f"--user-data-dir={folder / 'profile'}",
            "--virtual-time-budget=5000",
            "--dump-dom",
            (folder / "probe.html").as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stderr
    text = found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return json.loads(text), [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for pages."""
    return tmp_path_factory.mktemp("pages")


def test_page_is_drawn_and_inert(report: Report, context: Context, folder: Path) -> None:
    """No word on the console, every curve drawn, every link leads somewhere, nothing sticks out at either width."""
    page = FORMATS["html"](report, context)
    # Among the user's texts are tags: were one not escaped, this would run.
    assert "<script>" not in page
    (folder / "report.html").write_text(page.replace("alert(1)", "window.hacked=1"))
    (folder / "probe.html").write_text(PROBE)
    found, console = visit(folder)
    assert console == []
    assert found["title"] == "unhealthy: digits-cnn - cnndoctor"
    assert not found["hacked"]
    assert found["alive"] == 0
    assert (found["overflow1280"], found["overflow390"]) == (0, 0)
    assert sum(width > 100 for width in found["curves"]) == 4
    assert found["foreign"] == 0
    assert found["pictures"] == [[4, True, True]] * 2
    assert [width > 0 for width in found["bars"]] == [True, True, True, True, False, False]
    assert found["cells"] == 4
    assert found["named"]
    assert found["links"] >= 6
    assert found["lost"] == 0


def test_script_in_a_page_would_not_run(report: Report, context: Context, folder: Path) -> None:
    """Even if an escape were forgotten, the page's own policy keeps script from running."""
    page = FORMATS["html"](report, context)
    (folder / "report.html").write_text(page.replace("<main>", "<main><script>window.hacked=1</script>"))
    (folder / "probe.html").write_text(PROBE)
    found, console = visit(folder)
    assert not found["hacked"]
    assert any("Content Security Policy" in line for line in console)
