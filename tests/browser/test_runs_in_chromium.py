"""The page of all runs in a real browser: silent, accessible, and nothing asked of elsewhere."""

import dataclasses
import threading
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from valgap.checks.example_case import example_case
from valgap.cli.serving.answers import Answers
from valgap.cli.serving.server import RunsServer
from valgap.cli.serving.shelf import Shelf
from valgap.evidence.records import TargetRecord
from valgap.evidence.store import RunWriter
from valgap.registry import diagnose

NAMES = ("train.py", "<script>alert(1)</script>", "n" * 200)


def kept(root, run, case, name, status="finished"):
    """The run on disk, of a script of that name."""
    target = TargetRecord(name, ("--epochs", "12"))
    writer = RunWriter.create(root, target, run.record.environment)
    writer.write_fit(case.fit)
    for epoch in case.fit.epochs:
        writer.append_epoch(case.fit.id, epoch)
    writer.write_ledger(case.ledger)
    writer.write_run(dataclasses.replace(writer.record, status=status))
    return writer.path


@pytest.fixture
def root(make_run, lagging_case, tmp_path):
    for name, case in zip(NAMES, (lagging_case(), example_case(), lagging_case()), strict=True):
        kept(tmp_path, make_run(case), case, name)
    damaged = kept(tmp_path, make_run(example_case()), example_case(), "damaged.py")
    (damaged / "fits" / "0" / "fit.json").write_text("{")
    return tmp_path


@pytest.fixture
def server(root):
    with RunsServer(Answers(Shelf(root, diagnose, seconds=600.0))) as made:
        threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
        yield made
        made.shutdown()


@pytest.fixture(params=[(360, "light"), (1440, "dark")])
def seen(request, browser, server):
    """The list of runs, with what the console said and what was asked of the network."""
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page, said, asked = context.new_page(), [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(server.address(server.door.ticket()))
    page.wait_for_selector("h1:has-text('All runs')")
    yield page, said, asked
    context.close()


def grave(page):
    found = Axe().run(page).response["violations"]
    return [
        (v["id"], v["nodes"][0]["html"][:120])
        for v in found
        if v["impact"] in ("serious", "critical")
    ]


def tick_two(page):
    boxes = page.locator("input[type=checkbox]:enabled")
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.click("button")
    page.wait_for_selector("h1:has-text('side by side')")


def test_from_list_to_side_by_side_to_report_all_is_of_this_machine_and_silent(seen, server):
    page, said, asked = seen
    tick_two(page)
    page.click("a:has-text('A, ')")
    page.wait_for_selector("h2:has-text('epochs in')")
    page.click("text=all runs")
    page.wait_for_selector("h1:has-text('All runs')")
    assert said == []
    assert {urlsplit(url).netloc for url in asked} == {f"127.0.0.1:{server.door.port}"}
    assert len(asked) == 5


def test_the_token_does_not_stay_in_the_address(seen, server):
    page, _, _ = seen
    assert page.url == f"http://127.0.0.1:{server.door.port}/"
    assert page.evaluate("document.cookie") == ""


def test_axe_finds_no_fault_that_is_serious_on_any_page(seen):
    page, _, _ = seen
    assert grave(page) == []
    tick_two(page)
    assert grave(page) == []
    page.goto(page.url.partition("?")[0])
    assert "0 were ticked" in page.inner_text("h1")
    assert grave(page) == []


def test_no_page_is_wider_than_the_screen(seen):
    page, _, _ = seen
    fits = "document.documentElement.scrollWidth <= window.innerWidth"
    assert page.evaluate(fits)
    tick_two(page)
    assert page.evaluate(fits)


def test_names_are_shown_as_text_and_a_damaged_run_cannot_be_ticked(seen):
    page, _, _ = seen
    text = page.inner_text("table")
    assert all(name in text for name in NAMES)
    assert page.locator("input:disabled").count() == 1


def test_a_head_sorts_by_click_and_by_keyboard(seen):
    page, _, _ = seen
    page.click("thead a:has-text('script')")
    page.wait_for_url("**/?sort=script&order=asc")
    assert page.locator("td.script").first.inner_text().startswith(NAMES[1])
    page.focus("thead a:has-text('script')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?sort=script&order=desc")
    assert page.locator("td.script").first.inner_text().startswith(NAMES[0])


def test_a_run_that_goes_on_is_followed_without_a_reload_by_hand(browser, server, root, make_run):
    case = example_case()
    short = dataclasses.replace(case, fit=dataclasses.replace(case.fit, epochs=case.fit.epochs[:4]))
    path = kept(root, make_run(short), short, "live.py", status="running")
    page = browser.new_page()
    page.goto(server.address(server.door.ticket()))
    page.wait_for_selector("td.status.running")
    with (path / "run.json").open("r+") as file:
        text = file.read().replace('"running"', '"finished"')
        file.seek(0)
        file.write(text)
        file.truncate()
    page.wait_for_selector("td.status.running", state="detached", timeout=20_000)
    assert page.locator("td.status:has-text('finished')").count() == 4
    page.close()
