"""Wheel and sdist: what is in them, and the wheel in an environment of its own, without Keras."""

import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

CLONE = Path(__file__).parents[2]
PROJECT = tomllib.loads((CLONE / "pyproject.toml").read_text("utf-8"))["project"]
NAME = f"valgap-{PROJECT['version']}"
# What reports, catalogue and help take; keras brings its own and a backend, and is not asked for.
LIGHT = ("click", "cloudpickle", "jinja2", "matplotlib", "numpy", "rich", "scikit-learn", "scipy")
# Nothing of the environment that the tests run in is in the way.
CLEAN = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"NO_COLOR": "1"}
CONSTRAINTS = ("-c", str(CLONE / "constraints.txt"))


def ran(*words, status=0, **options):
    command = [*map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    ran(sys.executable, "-m", "build", "--outdir", folder, CLONE)
    return folder


@pytest.fixture(scope="module")
def wheel(built):
    (found,) = built.glob(f"{NAME}-py3-none-any.whl")
    return found


@pytest.fixture(scope="module")
def sdist(built):
    return built / f"{NAME}.tar.gz"


def names_of(archive):
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as opened:
            return opened.namelist()
    with tarfile.open(archive) as opened:
        return [name.removeprefix(f"{NAME}/") for name in opened.getnames()]


def sources(*endings):
    """The files of the package in this clone, as the wheel has them."""
    found = (p.relative_to(CLONE / "src") for p in (CLONE / "src" / "valgap").rglob("*.*"))
    return {p.as_posix() for p in found if p.suffix in endings}


def test_the_wheel_holds_all_of_the_package_and_nothing_else(wheel):
    names = set(names_of(wheel))
    assert sources(".py", ".j2", ".css") <= names
    own = {n for n in names if n.startswith("valgap/")}
    examples = {f"valgap/{p.relative_to(CLONE)}" for p in (CLONE / "examples").rglob("*.py")}
    assert own == sources(".py", ".j2", ".css") | {"valgap/py.typed"} | examples
    assert f"{NAME}.dist-info/licenses/LICENSE" in names
    assert {n.partition("/")[0] for n in names} == {"valgap", f"{NAME}.dist-info"}


def test_the_sdist_holds_what_it_takes_to_build_it_and_no_tests_or_data(sdist):
    names = set(names_of(sdist))
    assert {f"src/{name}" for name in sources(".py", ".j2", ".css")} <= names
    top = {n.partition("/")[0] for n in names}
    assert top >= {"src", "examples", "pyproject.toml", "README.md", "LICENSE", "SECURITY.md"}
    assert not top & {"tests", "bench", "changelog.d", "constraints.txt"}
    endings = {Path(n).suffix for n in names if "." in Path(n).name}
    assert not endings & {".npz", ".npy", ".pkl", ".keras", ".h5", ".png", ".db"}


def test_metadata_names_licence_authors_and_types(wheel):
    with zipfile.ZipFile(wheel) as opened:
        told = opened.read(f"{NAME}.dist-info/METADATA").decode()
    head = told.partition("\n\n")[0].splitlines()
    assert "License-Expression: Apache-2.0" in head
    assert "Author: valgap developers" in head
    assert "Classifier: Typing :: Typed" in head
    assert {f"Provides-Extra: {extra}" for extra in PROJECT["optional-dependencies"]} <= set(head)


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """An environment with the wheel and what is light; gives its folder of commands."""
    folder = tmp_path_factory.mktemp("environment")
    ran(sys.executable, "-m", "venv", folder)
    pip = (folder / "bin" / "python", "-m", "pip", "install", "--quiet")
    ran(*pip, *CONSTRAINTS, *LIGHT, "loky", "ml_dtypes", env=CLEAN)
    ran(*pip, "--no-deps", wheel, env=CLEAN)
    return folder / "bin"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A stored run."""
    folder = tmp_path_factory.mktemp("run")
    code = "import sys; sys.path[:0] = sys.argv[1:2]; from foreign_runs import full_run;"
    code += "from pathlib import Path; print(full_run(Path(sys.argv[2])))"
    told = ran(sys.executable, "-c", code, CLONE / "tests" / "unit", folder)
    return Path(told.strip())


@pytest.fixture
def valgap(installed, tmp_path):
    """Runs the command as it was installed: nothing of the clone is in its way."""
    env = dict(CLEAN)

    def called(*words, **options):
        return ran(installed / "valgap", *words, cwd=tmp_path, env=env, **options)

    called.env = env
    return called


def test_it_answers_without_keras(valgap, run, installed):
    assert "audit" in valgap("--help")
    assert valgap("--version") == f"valgap {PROJECT['version']}\n"
    assert len(valgap("checks").splitlines()) > 90
    assert valgap("explain", "MOD106").startswith("MOD106 batchnorm-statistics-lag (error)")
    for form in ("full", "html", "json", "markdown", "sarif", "github", "concise"):
        assert valgap("report", "--format", form, run)
    assert str(run / "report.html") in valgap("view", "--no-open", run)
    ran(installed / "python", "-c", "import keras", status=1, env=CLEAN)


def test_an_audit_needs_no_keras_either(valgap, tmp_path):
    rows = "\n".join(f"{i % 7},{i % 5},{i % 2}" for i in range(200))
    (tmp_path / "t.csv").write_text(f"a,b,label\n{rows}\n")
    assert "audit of training" in valgap("audit", "t.csv", "--label", "label")


def test_a_script_that_lacks_keras_ends_as_it_does_without_us(valgap, tmp_path):
    (tmp_path / "train.py").write_text("print('here'); import keras\n")
    assert valgap("run", "train.py", status=1) == "here\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_its_words(valgap, shell):
    valgap.env["_VALGAP_COMPLETE"] = f"{shell}_source"
    assert "_VALGAP_COMPLETE" in valgap()
    words = {"bash": ("valgap con", "1"), "zsh": ("valgap con", "1"), "fish": ("valgap con", "con")}
    valgap.env |= {"_VALGAP_COMPLETE": f"{shell}_complete", "COMP_CWORD": words[shell][1]}
    valgap.env["COMP_WORDS"] = words[shell][0]
    assert "confirm" in valgap()


def test_the_script_of_a_case_comes_along(installed):
    code = "from valgap.cases.system import examples; print(*examples().iterdir())"
    assert "volatile_frames.py" in ran(installed / "python", "-c", code, env=CLEAN)


# aeon wants older pandas and numba than are pinned for `make`, which does not install it.
UNPINNED = {"series"}


@pytest.mark.parametrize("extra", sorted(PROJECT["optional-dependencies"]))
def test_an_extra_can_be_resolved(installed, extra):
    pip = (installed / "python", "-m", "pip", "install", "--dry-run", "--quiet")
    pinned = () if extra in UNPINNED else CONSTRAINTS
    ran(*pip, *pinned, f"{CLONE}[{extra}]", env=CLEAN)
