"""The HTML report in a real browser: silent, accessible, whole at every width and scheme."""

import dataclasses

import pytest
from axe_playwright_python.sync_playwright import Axe

from valgap.checks.example_case import example_case
from valgap.evidence.account import Estimate
from valgap.evidence.model import Predictions
from valgap.evidence.records import Location
from valgap.registry import diagnose

NAMES = (
    "<script>alert(1)</script>",
    "a 'quoted\" path",
    "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd",
    "n" * 200,
)


def named(case):
    """The case with names that could break a page, as classes, paths and notes."""
    recalls = {name: Estimate(0.2 + 0.2 * i, 0.1, 0.9, 40) for i, name in enumerate(NAMES)}
    made = Predictions(
        "validation", "output", 11, "multiclass", 160, accuracy=Estimate(0.5, 0.4, 0.6, 160),
        recalls=recalls, confusion=tuple(tuple(10 + i * j for j in range(4)) for i in range(4)),
        worst_rows=(1, 2),
    )  # fmt: skip
    model = example_case(measured_model={"predictions": (made,)}).model
    place = Location(f"/home/u/{NAMES[1]}/{NAMES[0]}/train.py", 7, "model.fit")
    fit = dataclasses.replace(case.fit, location=place, notes=NAMES)
    return dataclasses.replace(case, fit=fit, model=model)


@pytest.fixture
def report(make_run, written, lagging_case, tmp_path):
    run = make_run(named(lagging_case()))
    file = tmp_path / "report.html"
    file.write_text(written("html", run, diagnose(run)), encoding="utf-8")
    return file


@pytest.fixture(params=[(360, "light"), (360, "dark"), (1440, "light"), (1440, "dark")])
def seen(request, browser, report):
    """The page, with what the console said and what was asked of the network."""
    width, scheme = request.param
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(report.as_uri())
    yield page, said, asked
    page.close()


def test_no_request_leaves_the_page_and_the_console_is_silent(seen, report):
    page, said, asked = seen
    assert said == []
    assert asked == [report.as_uri()]
    assert page.title().startswith("valgap: batch-norm statistics lag")


def test_axe_finds_no_fault_that_is_serious(seen):
    page, _, _ = seen
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = Axe().run(page).response["violations"]
    grave = [
        (v["id"], v["nodes"][0]["html"][:120])
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
    assert grave == []


def test_the_page_is_no_wider_than_the_screen(seen):
    page, _, _ = seen
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_names_are_shown_as_text(seen):
    page, _, _ = seen
    text = page.inner_text("body")
    assert all(name in text for name in NAMES)


def test_ink_stands_out_from_paper_in_both_schemes(seen):
    page, _, _ = seen
    colours = "getComputedStyle(document.body)"
    ink, paper = page.evaluate(f"[{colours}.color, {colours}.backgroundColor]")
    light = [
        sum(map(int, c.removeprefix("rgb(").removesuffix(")").split(","))) for c in (ink, paper)
    ]
    assert abs(light[0] - light[1]) > 500
    drawn = page.evaluate("getComputedStyle(document.querySelector('svg text')).fill")
    assert drawn != paper


def test_everything_is_reached_by_keyboard(seen):
    page, _, _ = seen
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.tagName"))
    assert {"A", "SUMMARY", "DIV"} <= reached


def test_it_prints_on_paper_with_nothing_cut_off(browser, report, tmp_path):
    page = browser.new_page(color_scheme="dark")
    page.goto(report.as_uri())
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    pdf = page.pdf(format="A4", path=str(tmp_path / "report.pdf"))
    assert pdf.startswith(b"%PDF")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.close()
