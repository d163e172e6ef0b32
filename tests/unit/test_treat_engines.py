"""Which engine a study is given, what is said where it cannot be had, and what workers read."""

import json
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from valgap.cli.treat import treat
from valgap.errors import UsageError
from valgap.observe.recipe import Recipe, Rows
from valgap.treatment.engines.choice import Choice
from valgap.treatment.engines.pool import pool_of
from valgap.treatment.engines.work import Work, write_work


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"engine": "local"},
        {"engine": "ray"},
        {"engine": "ray://10.0.0.1:10001", "cores": 4, "gpus": 2},
        {"engine": "ray://head.cluster.example:10001", "gpus": 0.25},
        {"engine": "ray", "cores": 1, "gpus": 0.0},
    ],
)
def test_what_can_be_asked_for(options):
    choice = Choice(**options)
    assert choice.engine == options.get("engine", "local")
    assert (choice.cores, choice.gpus) == (options.get("cores"), options.get("gpus"))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"engine": "spark"}, "engine: expected local, ray or ray://HOST:PORT, received 'spark'"),
        ({"engine": "ray://"}, "received 'ray://'"),
        ({"engine": "ray://head"}, "received 'ray://head'"),
        ({"engine": "ray://head:port"}, "received 'ray://head:port'"),
        ({"engine": "RAY"}, "received 'RAY'"),
        ({"engine": ""}, "received ''"),
        ({"cores": 2}, "add --engine ray"),
        ({"engine": "local", "gpus": 1.0}, "add --engine ray"),
        ({"engine": "ray", "cores": 0}, "cores per trial: expected 1 or more, received 0"),
        ({"engine": "ray", "gpus": -1.0}, "received -1"),
        ({"engine": "ray", "gpus": 1.5}, "GPUs per trial: expected a whole number"),
        ({"engine": "ray", "gpus": float("nan")}, "received nan"),
        ({"engine": "ray", "gpus": float("inf")}, "received inf"),
    ],
)
def test_what_cannot_is_refused_in_one_line(options, told):
    with pytest.raises(UsageError) as refused:
        Choice(**options)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--engine", "spark"], "received 'spark'"),
        (["--cores-per-trial", "2"], "add --engine ray"),
        (["--engine", "ray", "--gpus-per-trial", "1.5"], "received 1.5"),
    ],
)
def test_the_command_refuses_it_before_it_looks_for_a_run(words, told):
    action = CliRunner().invoke(treat, words, standalone_mode=False).return_value
    with pytest.raises(UsageError, match=told):
        action()


def test_without_ray_it_says_how_to_get_it():
    code = """if True:
        import json, sys
        from pathlib import Path
        sys.modules["ray"] = None
        from valgap.errors import UsageError
        from valgap.treatment.engines.choice import Choice, engine_of
        keras = "keras" in sys.modules
        try:
            engine_of(Choice("ray"), Path("work.pkl"), "tensorflow")
        except UsageError as error:
            print(json.dumps([str(error), keras]))
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == ["ray is not installed: pip install 'valgap[ray]'", False]


def of_numbers():
    """A fit of a few rows that nobody makes."""
    rows = Rows(np.arange(3.0), np.arange(3.0))
    return Recipe("", None, {}, None, None, None, None, rows, rows, batch_size=1, epochs=1)


def test_a_metric_of_the_users_own_module_is_read_where_the_module_is_not(tmp_path, monkeypatch):
    (tmp_path / "of_the_user.py").write_text("def twice(y, p):\n    return 2.0 * len(y)\n")
    monkeypatch.syspath_prepend(tmp_path)
    from of_the_user import twice

    path = tmp_path / "work" / "work.pkl"
    write_work(path, Work(pool_of(of_numbers()), (), twice, "values", None, tmp_path))
    code = (
        "import sys; from pathlib import Path; from valgap.treatment.engines.work import read_work;"
        "print(read_work(Path(sys.argv[1])).judged_by.score([1, 2, 3], [1, 2, 3]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "6.0\n"
