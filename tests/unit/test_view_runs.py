"""The page of all runs, by real requests: who is let in, what is shown, what is never read."""

import http.client
import os
import re
import threading
from urllib.parse import quote

import pytest
from runs_help import kept

from valgap.cli.serving.answers import Answers
from valgap.cli.serving.server import RunsServer
from valgap.cli.serving.shelf import Shelf
from valgap.errors import UsageError
from valgap.evidence.going_on import QUIET_SECONDS
from valgap.registry import diagnose
from valgap.report.html.runs.order import Order
from valgap.report.html.runs.pages import list_page

OLD, NEW, MIDDLE = "20260101-080000-aaaa", "20260103-080000-bbbb", "20260102-080000-cccc"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def root(tmp_path):
    kept(tmp_path, OLD, "old.py", ((0.5, 0.3), (0.4, 0.9)))
    kept(tmp_path, NEW, "new.py", ((0.5, 0.5),))
    kept(tmp_path, MIDDLE, HOSTILE, args=("<b>", "&"))
    return tmp_path


class Visitor:
    """Sends requests to a server, and keeps its cookie once it has one."""

    def __init__(self, server):
        self.server, self.port, self.cookie = server, server.door.port, None

    def ask(self, path, method="GET", host=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Host": host or f"127.0.0.1:{self.port}", **headers}
        if self.cookie and "Cookie" not in headers:
            headers["Cookie"] = self.cookie
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        connection.close()
        return answer

    def enter(self):
        answer = self.ask(f"/?token={self.server.door.token}")
        self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
        return answer


@pytest.fixture
def server(root):
    # On a busy machine two seconds may not do for all runs.
    with RunsServer(Answers(Shelf(root, diagnose, seconds=600.0))) as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield made
        made.shutdown()


@pytest.fixture
def stranger(server):
    return Visitor(server)


@pytest.fixture
def visitor(server):
    made = Visitor(server)
    made.enter()
    return made


def ids(text):
    return re.findall(r'href="/run/([^"]+)"', text)


def test_it_listens_on_the_loopback_address_only(server):
    assert server.socket.getsockname()[0] == "127.0.0.1"


def test_without_token_or_with_a_wrong_one_nothing_is_told(stranger, server):
    wrong = ("/", f"/run/{OLD}", "/?token=wrong", "/?token=%E2%82%AC", "/?token=", "/nowhere")
    for path in wrong:
        answer = stranger.ask(path)
        assert answer.status == 403
        assert OLD not in answer.text
        assert answer.headers["Set-Cookie"] is None
    for cookie in ("valgap-1=x", f"valgap-{server.door.port}={server.door.token}", '"; =,;'):
        assert stranger.ask("/", Cookie=cookie).status == 403


def test_the_token_is_exchanged_for_a_cookie_that_scripts_and_other_sites_cannot_use(stranger):
    answer = stranger.enter()
    assert answer.status == 200
    assert "; HttpOnly; SameSite=Strict" in answer.headers["Set-Cookie"]
    assert stranger.server.door.token not in answer.text + answer.headers["Set-Cookie"]
    assert 'content="0; url=/"' in answer.text
    assert stranger.ask("/").status == 200


def test_a_ticket_lets_in_once(stranger, server):
    ticket = server.door.ticket()
    assert stranger.ask(f"/?token={ticket}").status == 200
    assert stranger.ask(f"/?token={ticket}").status == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "evil.example:{port}", "[::1]:{port}"]
)
def test_another_host_is_refused_even_with_the_cookie(visitor, host):
    for method in ("GET", "POST"):
        answer = visitor.ask("/", method, host=host.format(port=visitor.port))
        assert answer.status == 403
        assert OLD not in answer.text


def test_a_request_without_a_host_is_refused(visitor):
    connection = http.client.HTTPConnection("127.0.0.1", visitor.port, timeout=20)
    connection.putrequest("GET", "/", skip_host=True)
    connection.putheader("Cookie", visitor.cookie)
    connection.endheaders()
    assert connection.getresponse().status == 403
    connection.close()


def test_localhost_is_a_name_of_ours(visitor):
    assert visitor.ask("/", host=f"LOCALHOST:{visitor.port}").status == 200


def test_it_can_be_read_only(visitor):
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = visitor.ask("/", method)
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert visitor.ask("/", "BREW").status == 501
    head = visitor.ask("/", "HEAD")
    assert (head.status, head.text) == (200, "")
    assert int(head.headers["Content-Length"]) == len(visitor.ask("/").text.encode())


def test_every_answer_forbids_what_a_page_could_do(visitor):
    for path in ("/", f"/run/{OLD}", f"/beside?run={OLD}&run={NEW}", "/nowhere", "/?token=wrong"):
        headers = visitor.ask(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; ")
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    "path",
    ["/run/..%2f..%2fetc%2fpasswd", "/run/../../etc/passwd", "/run/%2e%2e", "/run/", "/run/nosuch",
     "/run//etc/passwd", "/run/" + quote(OLD + "/fits/0/fit.json", safe=""), "/run/20260101",
     "//etc/passwd", "/static/style.css", "/run/%00"],
)  # fmt: skip
def test_an_address_is_no_path_of_a_file(visitor, path, root):
    (root / "passwd").write_text("root:x:0:0")
    answer = visitor.ask(path)
    assert answer.status == 404
    assert "root:x" not in answer.text


def test_an_address_that_cannot_be_read_is_told_so(visitor):
    assert visitor.ask("http://[/").status == 400
    assert visitor.ask("/?" + "&".join(["a=1"] * 50)).status == 400


def test_a_link_out_of_a_run_is_not_followed(visitor, root, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "epochs.jsonl"
    (root / "runs" / OLD / "fits" / "0" / "epochs.jsonl").rename(outside)
    (root / "runs" / OLD / "fits" / "0" / "epochs.jsonl").symlink_to(outside)
    (root / "runs" / "20260104-080000-link").symlink_to(root / "runs" / NEW)
    for name in (OLD, "20260104-080000-link"):
        answer = visitor.ask(f"/run/{name}")
        assert answer.status == 409
        assert "is a link" in answer.text
    assert visitor.ask("/").text.count("is a link") == 2


def test_the_list_tells_of_each_run_and_leads_to_its_report(visitor):
    text = visitor.ask("/").text
    assert ids(text) == [NEW, MIDDLE, OLD]
    row = text[text.index(f"/run/{OLD}") :].partition("</tr>")[0]
    cells = [re.sub("<[^>]+>", "", cell).strip() for cell in re.split("</td>", row)[1:-1]]
    assert cells[:7] == ["old.py", "2026-01-01 08:00", "finished", "1", "2", "0.900", "0.300"]
    report = visitor.ask(f"/run/{OLD}").text
    assert report.count(OLD) > 1
    assert '<a href="/">all runs</a>' in report


def test_names_of_the_users_are_text(visitor):
    for path in ("/", f"/run/{MIDDLE}", f"/beside?run={OLD}&run={MIDDLE}"):
        text = visitor.ask(path).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)" in text
        assert "<b>" not in text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?sort=when&order=asc", [OLD, MIDDLE, NEW]),
        ("?sort=last&order=desc", [OLD, MIDDLE, NEW]),
        ("?sort=last&order=asc", [NEW, MIDDLE, OLD]),
        ("?sort=best", [OLD, NEW, MIDDLE]),
        ("?sort=epochs", [MIDDLE, OLD, NEW]),
        ("?sort=script", [MIDDLE, NEW, OLD]),
        ("?sort=nonsense&order=nonsense", [NEW, MIDDLE, OLD]),
        ("?sort=__class__", [NEW, MIDDLE, OLD]),
    ],
)
def test_the_list_is_sorted_by_a_link(visitor, query, expected):
    assert ids(visitor.ask(f"/{query}").text) == expected


def test_a_second_click_turns_the_order_round_and_it_is_told(visitor):
    text = visitor.ask("/?sort=best&order=asc").text
    head = re.search(
        r'<th scope="col" aria-sort="ascending"[^>]*><a href="([^"]+)">(.*?)</a>', text
    )
    assert (head[1], head[2]) == ("?sort=best&amp;order=desc", "best val_loss")


def test_runs_without_a_figure_come_last_in_both_orders(visitor, root):
    kept(root, "20260105-080000-none", losses=())
    for order in ("asc", "desc"):
        assert ids(visitor.ask(f"/?sort=last&order={order}").text)[-1] == "20260105-080000-none"


def test_a_run_that_is_going_on_is_followed_until_it_ends(visitor, root):
    assert 'http-equiv="refresh"' not in visitor.ask("/").text
    name = "20260105-080000-live"
    kept(root, name, status="running", asked="50")
    text = visitor.ask("/?sort=last&order=asc").text
    assert '<meta http-equiv="refresh" content="10">' in text
    assert "3 of 50" in text
    assert "epoch 3 of 50: val_loss 0.800, gap +0.400, best 0.700 at epoch 2" in text
    assert visitor.ask(f"/run/{name}").headers["Refresh"] == "30"
    held = visitor.ask("/?live=off").text
    assert 'http-equiv="refresh"' not in held
    assert "&amp;live=off" in held
    kept_path = root / "runs" / name / "run.json"
    kept_path.write_text(kept_path.read_text().replace('"running"', '"finished"'))
    assert 'http-equiv="refresh"' not in visitor.ask("/").text


def test_a_run_that_was_killed_is_not_followed(visitor, root):
    path = kept(root, "20260105-080000-dead", status="running")
    for file in path.rglob("*"):
        os.utime(file, (file.stat().st_atime, file.stat().st_mtime - QUIET_SECONDS - 1))
    text = visitor.ask("/").text
    assert "end not seen" in text
    assert 'http-equiv="refresh"' not in text


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("run.json", "{"),
        ("run.json", '{"schema": 99}'),
        ("fits/0/fit.json", '{"id": 0, brok'),
        ("fits/0/epochs.jsonl", "[]\n{}\n"),
        ("fits/0/ledger.json", '"<script>alert(1)</script>"'),
    ],
)
def test_a_damaged_run_is_told_and_hides_no_other(visitor, root, file, content):
    (root / "runs" / OLD / file).write_text(content)
    text = visitor.ask("/").text
    assert "damaged" in text
    assert ids(text) == [NEW, MIDDLE]
    assert "<script>alert" not in text
    assert visitor.ask(f"/run/{OLD}").status == 409
    assert visitor.ask(f"/beside?run={OLD}&run={NEW}").status == 409


def test_a_fault_in_one_run_hides_no_other(root):
    def failing(run):
        if run.path.name == OLD:
            raise ZeroDivisionError("of ours")
        return diagnose(run)

    lines = {line.id: line for line in Shelf(root, failing, seconds=600.0).lines()}
    assert lines[OLD].verdict == "ZeroDivisionError: of ours"
    assert lines[NEW].status == "finished"


def test_a_run_is_read_again_only_when_its_files_have_changed(root):
    asked = []
    shelf = Shelf(root, lambda run: asked.append(run.path.name) or diagnose(run), seconds=600.0)
    shelf.lines()
    assert sorted(asked) == [OLD, MIDDLE, NEW]
    shelf.lines()
    assert len(asked) == 3
    with (root / "runs" / NEW / "fits" / "0" / "epochs.jsonl").open("a") as file:
        file.write('{"epoch": 1, "logs": {"loss": 0.1, "val_loss": 0.2}, "seconds": 0.1}\n')
    assert {line.id: line.last for line in shelf.lines()}[NEW] == 0.2
    assert asked[3:] == [NEW]


def test_a_reader_is_not_kept_waiting_for_many_runs(root):
    asked = []
    shelf = Shelf(root, lambda run: asked.append(run.path.name) or diagnose(run), seconds=-1.0)
    waiting = shelf.lines()
    assert [line.status for line in waiting] == ["not read yet"] * 3
    assert asked == []
    page = list_page(waiting, Order())
    assert '<meta http-equiv="refresh" content="1">' in page
    assert "3 not read yet" in page
    shelf.seconds = 600.0
    assert [line.status for line in shelf.lines()] == ["finished"] * 3
    assert asked == [NEW, MIDDLE, OLD]
    shelf.seconds = -1.0
    assert [line.status for line in shelf.lines()] == ["finished"] * 3


def test_two_runs_stand_side_by_side_with_drawings_kept_apart(visitor):
    text = visitor.ask(f"/beside?run={OLD}&run={NEW}").text
    assert "A: Learning curves: loss" in text
    assert "B: Learning curves: loss" in text
    assert re.search(r"best validation</bdi></th><td><bdi>0.300</bdi></td><td><bdi>0.500<", text)
    assert f"valgap compare {OLD} {NEW}" in text
    made = re.findall(r'\bid="([^"]+)"', text)
    assert len(made) == len(set(made)) > 2


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ("", 400, "0 were ticked"),
        (f"?run={OLD}", 400, "1 were ticked"),
        (f"?run={OLD}&run={NEW}&run={MIDDLE}", 400, "3 were ticked"),
        (f"?run={OLD}&run=nosuch", 404, "there is no run nosuch"),
    ],
)
def test_other_than_two_runs_are_told(visitor, query, status, told):
    answer = visitor.ask(f"/beside{query}")
    assert answer.status == status
    assert told in answer.text


def test_a_folder_without_runs_says_how_to_make_one(root, tmp_path):
    with RunsServer(Answers(Shelf(tmp_path / "empty", diagnose))) as made:
        page = made.answers.to("/", {}).page
    assert "valgap run SCRIPT" in page


def test_a_port_that_is_taken_is_told(server):
    with pytest.raises(UsageError, match=f"cannot serve on port {server.door.port}: "):
        RunsServer(server.answers, server.door.port)


def test_a_fault_of_ours_is_a_page_and_a_traceback(visitor, server, capsys):
    server.answers.shelf.diagnose = lambda _: 1 / 0
    answer = visitor.ask(f"/run/{OLD}")
    assert answer.status == 500
    assert "ZeroDivisionError" in answer.text
    assert "Traceback" not in answer.text
    assert "division by zero" in capsys.readouterr().err
