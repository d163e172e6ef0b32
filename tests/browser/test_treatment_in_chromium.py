"""The page of a study in a real browser: silent, accessible, whole at every width and scheme."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from treatment_made import nothing_helped, remedy, treatment

from valgap.report.changes import Shown
from valgap.report.html.treatment.about import About
from valgap.report.html.treatment.page import page_of

LONG = "n" * 200
CHANGE = Shown("Change from train.py to treated.py", "--- a\n+++ b\n-old\n+" + LONG, is_own=True)
PAGES = {
    "helped": (treatment(), CHANGE),
    "nothing": (nothing_helped(), None),
    "long": (treatment(notes=(LONG,), remedies=(remedy(LONG),), treated=(LONG,)), CHANGE),
}
OPEN = "document.querySelectorAll('details').forEach(d => d.open = true)"
SCREENS = [(360, "light"), (360, "dark"), (1440, "light"), (1440, "dark")]


@pytest.fixture(scope="module", params=[(n, *s) for n in PAGES for s in SCREENS])
def seen(request, browser, tmp_path_factory):
    """The page with all parts opened, what the console said and what was asked of the network."""
    name, width, scheme = request.param
    found, change = PAGES[name]
    file = tmp_path_factory.mktemp("page") / "treatment.html"
    file.write_text(page_of(found, About((("script", LONG),), change)), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    told = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda asked: told.append(asked.url))
    page.goto(file.as_uri())
    page.evaluate(OPEN)
    yield page, [each for each in told if each != file.as_uri()]
    page.close()


def test_no_request_leaves_the_page_and_the_console_is_silent(seen):
    page, told = seen
    assert told == []
    assert page.title().startswith("valgap treat: ")


def test_axe_finds_no_fault_that_is_serious(seen):
    found = Axe().run(seen[0]).response["violations"]
    grave = [
        (v["id"], v["nodes"][0]["html"][:160])
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
    assert grave == []


def test_the_page_is_no_wider_than_the_screen(seen):
    page, _ = seen
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_each_link_leads_to_a_part_that_is_there(seen):
    page, _ = seen
    links = page.eval_on_selector_all("a[href^='#']", "all => all.map(a => a.getAttribute('href'))")
    assert len(links) > 4
    assert all(page.query_selector(link) for link in links)
