"""Takes the pictures of the docs: parts of a run's HTML report, in a real browser.

python docs/pictures.py RUN_FOLDER        # needs Chromium, and the extra `dev`
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Locator, Page, sync_playwright

HERE = Path(__file__).parent / "pictures"
SIZE = {"width": 1000, "height": 900}
# What is shown, by the name of its file: the first element of the page that answers to it.
PARTS = {
    "curves": "figure:has(h3:has-text('Learning curves: loss'))",
    "ledger": "figure:has(h3:has-text('at the worst epoch'))",
    "epochs": "figure:has(h3:has-text('What makes validation move'))",
    "card": "article.card",
}


def main() -> None:
    """Draws the report of a run and takes its parts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="the folder of a run")
    run = parser.parse_args().run
    HERE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as p:
        report = drawn(run, Path(folder))
        browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        page.goto(report.as_uri())
        for name, selector in PARTS.items():
            taken(page, page.locator(selector).first, HERE / f"{name}.png")
        browser.close()


def drawn(run: Path, folder: Path) -> Path:
    """Gives the HTML report of a run."""
    report = folder / "report.html"
    order = ("-m", "valgap", "report", str(run.absolute()), "--format", "html", "-o", str(report))
    subprocess.run((sys.executable, *order), check=True)
    return report


def taken(page: Page, part: Locator, path: Path) -> None:
    """Takes one part, without what a reader would have to open."""
    page.evaluate("document.querySelectorAll('details').forEach(d => d.remove())")
    part.screenshot(path=path)


if __name__ == "__main__":
    main()
