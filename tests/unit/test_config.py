"""`[tool.valgap]` in pyproject.toml."""

import pytest

from valgap.config import ALL_ROWS, Config, parse_rows, read_config
from valgap.errors import UsageError


def test_without_a_file_or_a_table_the_defaults_hold(tmp_path):
    assert read_config(tmp_path) == Config()
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nselect = 3\n")
    assert read_config(tmp_path) == Config()


def test_all_keys_are_read(tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        '[tool.valgap]\nselect = ["MOD"]\nfail-on = "warning"\nrows = "all"\n'
        'ignore = {CUR108 = "known to be well"}\n'
    )
    assert read_config(tmp_path) == Config(
        ("MOD",), {"CUR108": "known to be well"}, "warning", ALL_ROWS
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("fail_on = 'error'", "unknown key fail_on in [tool.valgap]; did you mean fail-on?"),
        ("zzz = 1", "unknown key zzz in [tool.valgap]; known: select, ignore, fail-on, rows"),
        ("fail-on = 'high'", "fail-on: expected one of error, warning, note, never"),
        ("rows = 0", "rows: expected a positive number or all, received 0"),
        ("rows = true", "rows: expected a positive number or all, received True"),
        ("rows = 2.5", "rows: expected a positive number or all, received 2.5"),
        ("ignore = ['MOD120']", "ignore: expected a reason for each, as in ignore = {MOD120 ="),
        ("ignore = {MOD120 = ' '}", "ignore: expected a reason for each"),
        ("select = 'MOD'", "select: expected a list of codes, received 'MOD'"),
    ],
)
def test_a_wrong_key_or_value_is_named(tmp_path, line, message):
    (tmp_path / "pyproject.toml").write_text(f"[tool.valgap]\n{line}\n")
    with pytest.raises(UsageError) as caught:
        read_config(tmp_path)
    assert str(caught.value).startswith(f"pyproject.toml: {message}")


@pytest.mark.parametrize("text", ["[tool\n", "a = \n"])
def test_a_file_that_is_not_toml_is_said_to_be_so(tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(UsageError, match=r"^pyproject.toml is not TOML: .*line"):
        read_config(tmp_path)


def test_a_valgap_that_is_no_table_is_refused(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool]\nvalgap = 3\n")
    with pytest.raises(UsageError, match="expected a table"):
        read_config(tmp_path)


@pytest.mark.parametrize("text", ["-1", "0", "1e3", "", "some"])
def test_rows_are_a_positive_number_or_all(text):
    assert (parse_rows("7"), parse_rows("all")) == (7, ALL_ROWS)
    with pytest.raises(ValueError, match="positive number"):
        parse_rows(text)
