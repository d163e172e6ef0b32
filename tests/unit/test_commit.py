"""Which commit a script was at."""

import subprocess

from valgap.observe.commit import commit_of


def git(folder, *words):
    who = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    subprocess.run(("git", *who, "-C", str(folder), *words), check=True, capture_output=True)


def test_the_commit_is_told_and_whether_the_script_was_changed_since(tmp_path):
    script = tmp_path / "train.py"
    script.write_text("pass\n")
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    clean = commit_of(str(script))
    assert len(clean) == 10
    script.write_text("print()\n")
    assert commit_of(str(script)) == f"{clean}, with changes to the script"


def test_there_is_none_outside_of_git_or_without_a_script(tmp_path):
    script = tmp_path / "train.py"
    script.write_text("pass\n")
    assert commit_of(str(script)) is None
    assert commit_of(str(tmp_path / "gone.py")) is None
    assert commit_of(None) is None
