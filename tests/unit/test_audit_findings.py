"""What an audit says of planted faults, and that it is silent where there is none."""

import shutil
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from audit_made import audited, class_folders, codes, finding, picture, table, write_picture
from sklearn.datasets import load_digits

import valgap
from valgap.auditing.dataset import Look
from valgap.auditing.looks import record_of
from valgap.evidence.account import Ledger
from valgap.finding import NotRun
from valgap.observe.pictures import Looked
from valgap.registry import TAKES_A_FIT, load_checks, run_check

FULL = {"seconds": 20.0}


@pytest.fixture(scope="module")
def digits():
    """Digits of scikit-learn in a random order, 300 to train and 150 to validate."""
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))[:450]
    return x[order], y[order]


def pair(x, y, at=300):
    return {"data": (x[:at], y[:at]), "validation": (x[at:], y[at:])}


def test_a_sound_split_has_no_error_and_no_warning(tmp_path, digits):
    found = audited(tmp_path, **pair(*digits), **FULL)
    assert [f.code for f in found.diagnosis.findings if f.severity != "note"] == []
    assert {"DAT101", "DAT103", "DAT202", "DAT305"} <= set(found.diagnosis.passed)


def test_rows_in_both_parts_are_an_error_with_their_number(tmp_path, digits):
    x, y = digits
    x, y = np.concatenate([x, x[:30]]), np.concatenate([y, y[:30]])
    told = finding(audited(tmp_path, **pair(x, y), **FULL), "DAT101")
    assert (told.severity, told.status) == ("error", "confirmed")
    assert told.message.startswith("30 of 180 validation rows stand in training too")


def test_test_rows_are_held_against_training_in_words_of_their_own(tmp_path, digits):
    x, y = digits
    parts = {"data": (x[:300], y[:300]), "validation": (x[300:], y[300:]), "test": (x[:40], y[:40])}
    found = audited(tmp_path, **parts, **FULL)
    told = [f for f in found.diagnosis.findings if f.code == "DAT101"]
    assert [f.message for f in told] == ["40 of 40 test rows stand in training too (100 %)"]
    assert "validation" not in " ".join((told[0].message, *told[0].evidence))


def test_what_is_wrong_with_training_rows_is_told_once(tmp_path, digits):
    x, y = digits
    x = x.copy()
    x[5, 3] = np.nan
    parts = {"data": (x[:300], y[:300]), "validation": (x[300:400], y[300:400])}
    found = audited(tmp_path, **parts, test=(x[400:], y[400:]), **FULL)
    assert [f.code for f in found.diagnosis.findings].count("DAT305") == 1


def test_groups_on_both_sides_are_told_with_where_they_are_from(tmp_path):
    rng = np.random.default_rng(0)
    middle = np.repeat(rng.normal(0, 5, (40, 12)), 10, axis=0)
    x = middle + rng.normal(0, 0.5, middle.shape)
    y = np.repeat(rng.permutation(40) % 2, 10)
    found = audited(tmp_path, x, y, groups=np.repeat(np.arange(40), 10), **FULL)
    told = finding(found, "DAT103")
    assert (told.severity, told.status) == ("warning", "confirmed")
    assert "groups of argument groups stand in training and in validation" in told.message
    assert any("with rows split singly" in line for line in told.evidence)


def test_a_class_that_validation_lacks_is_a_finding_by_its_name(tmp_path):
    data = class_folders(tmp_path / "data", 12)
    for i in range(12):
        write_picture(data / "train" / "owl" / f"{i}.png", picture(np.random.default_rng(i)))
    told = finding(audited(tmp_path, data), "DAT202")
    assert told.scope.class_name == "owl"


def test_conflicting_labels_are_told(tmp_path, digits):
    x, y = digits
    x, y = x.copy(), y.copy()
    x[:60] = x[60:120]
    y[:60] = (y[60:120] + 1) % 10
    told = finding(audited(tmp_path, **pair(x, y), **FULL), "DAT104")
    assert told.status == "confirmed"
    assert "120 of 300 training rows" in told.message


def test_imbalance_is_a_note_by_the_names_of_classes(tmp_path):
    x, _ = table(200)
    y = np.where(np.arange(200) % 10 == 0, "rare", "usual")
    told = finding(audited(tmp_path, x, y), "DAT201")
    assert told.severity == "note"
    assert "usual has 90 % of training, rare 10 %" in told.message


def test_rows_sorted_by_class_are_told_before_any_split(tmp_path, digits):
    x, y = digits
    order = np.argsort(y, kind="stable")
    told = finding(audited(tmp_path, x[order], y[order]), "DAT204")
    assert told.severity == "note"
    assert "10 runs of equal labels" in told.message
    assert "DAT204" not in codes(audited(tmp_path, x, y))


def test_the_last_rows_of_sorted_data_are_an_error(tmp_path, digits):
    x, y = digits
    order = np.argsort(y, kind="stable")
    told = finding(audited(tmp_path, x[order], y[order], split_from="0.2"), "DAT204")
    assert (told.severity, told.status) == ("error", "confirmed")


def test_one_class_that_stands_last_is_told_by_its_cause(tmp_path, digits):
    x, y = digits
    order = np.argsort(y == 3, kind="stable")
    audit = audited(tmp_path, x[order], y[order], split_from="0.2")
    told = finding(audit, "DAT204")
    assert (told.severity, told.status) == ("error", "confirmed")
    assert any("1 class stands among the last rows only" in line for line in told.evidence)
    assert audit.diagnosis.findings[0].code == "DAT204"


def test_rare_classes_at_the_end_are_chance_though_others_drift(tmp_path):
    """Shares that drift with time are no reason to call rare classes sorted."""
    rng = np.random.default_rng(0)
    late = np.arange(2000) / 2000
    y = np.where(rng.random(2000) < 0.2 + 0.6 * late, "a", "b").astype("<U6")
    rare = rng.choice(2000, 180, replace=False)
    y[rare] = [f"rare{i}" for i in range(180)]
    x = rng.normal(size=(2000, 4))
    assert "DAT204" not in codes(audited(tmp_path, x, y, split_from="0.2"))


def test_rows_in_no_order_are_not_sorted_whatever_share_is_cut_off(tmp_path, digits):
    x, y = digits
    order = np.random.default_rng(0).permutation(len(y))
    assert not {"DAT202", "DAT204"} & codes(audited(tmp_path, x[order], y[order], split_from="0.1"))


def test_sorted_classes_with_names_are_known_as_sorted(tmp_path, digits):
    x, y = digits
    order = np.argsort(y, kind="stable")
    names = np.array(list("abcdefghij"))[y[order]]
    assert "DAT204" in codes(audited(tmp_path, **pair(x[order], names)))


def test_flipped_labels_are_listed_by_the_paths_of_their_pictures(tmp_path):
    pytest.importorskip("cleanlab")
    data = class_folders(tmp_path / "data", 150)
    flipped = set()
    for name, other in (("cat", "dog"), ("dog", "cat")):
        for i in range(25):
            flipped.add(f"train/{other}/x{i:03d}.png")
            shutil.move(
                data / "train" / name / f"train{i:03d}.png", data / f"train/{other}/x{i:03d}.png"
            )
    told = finding(audited(tmp_path, data, **FULL), "DAT207")
    listed = told.evidence[1].removeprefix("worst first: ").split(", ")
    assert set(listed) <= flipped
    assert len(listed) == 10


def test_validation_on_another_scale_is_an_error(tmp_path, digits):
    x, y = digits
    x = np.concatenate([x[:300] / 16, x[300:]])
    assert finding(audited(tmp_path, **pair(x, y), **FULL), "DAT302").severity == "error"


def test_a_constant_target_and_a_constant_input_are_told(tmp_path):
    x, _ = table(80)
    assert finding(audited(tmp_path, x, np.ones(80)), "DAT308").status == "confirmed"
    told = finding(audited(tmp_path, np.ones((80, 4)), np.arange(80) % 2, **FULL), "DAT304")
    assert (told.severity, told.status) == ("error", "confirmed")


def test_a_feature_of_another_size_is_a_note(tmp_path):
    x, y = table(100)
    x[:, 3] *= 5000
    assert finding(audited(tmp_path, x, y, **FULL), "DAT301").severity == "note"


def test_padding_is_a_note(tmp_path):
    x = np.random.default_rng(0).normal(size=(80, 20, 3))
    x[:, 6:] = 0
    assert finding(audited(tmp_path, x, np.arange(80) % 2, **FULL), "DAT309").severity == "note"


def test_a_label_left_among_the_features_is_told(tmp_path):
    x, y = table(900)
    x[:, 4] = y * 3.0 + 1
    head = ",".join(["status" if i == 4 else f"f{i}" for i in range(12)] + ["label"])
    lines = (",".join(map(str, [*row.tolist(), int(k)])) for row, k in zip(x, y, strict=True))
    (tmp_path / "t.csv").write_text("\n".join([head, *lines]))
    told = finding(audited(tmp_path, tmp_path / "t.csv", **FULL), "DAT107")
    assert told.message.startswith("feature status alone predicts the label")


def looks(count, **other):
    rng = np.random.default_rng(0)
    usual = [
        Look(Looked(f"{i}", None, "L", (9, 9)), 200 + rng.normal(0, 9), 50 + rng.normal(0, 5),
             100 * np.exp(rng.normal(0, 0.3)))
        for i in range(count)
    ]  # fmt: skip
    return [*usual, Look(Looked("odd", None, "L", (9, 9)), **other)]


@pytest.mark.parametrize(
    ("what", "look"),
    [
        ("blank", {"brightest": 255.0, "spread": 0.2, "sharpness": 0.0}),
        ("dark", {"brightest": 10.0, "spread": 4.0, "sharpness": 80.0}),
        ("blurred", {"brightest": 200.0, "spread": 40.0, "sharpness": 0.1}),
    ],
)
def test_a_picture_unlike_the_others_is_one_odd_file(what, look):
    found = record_of(looks(100, **look))
    assert {w: getattr(found, w) for w in ("blank", "dark", "blurred")} == {
        "blank": 0, "dark": 0, "blurred": 0, what: 1,
    }  # fmt: skip
    assert found.examples == ("odd",)


def test_a_set_that_is_dark_throughout_has_no_dark_pictures():
    dark = [Look(Looked(f"{i}", None, "L", (9, 9)), 20.0, 6.0, 5.0) for i in range(50)]
    found = record_of(dark)
    assert (found.blank, found.dark, found.blurred, found.examples) == (0, 0, 0, ())


def test_digits_as_pictures_do_not_flood(tmp_path):
    x, y = load_digits(return_X_y=True)
    for i in range(200):
        pixels = np.kron(x[i].reshape(8, 8) * 15, np.ones((3, 3))).astype("uint8")
        write_picture(tmp_path / "data" / f"c{y[i]}" / f"{i}.png", pixels)
    found = audited(tmp_path, tmp_path / "data", **FULL)
    assert [f.code for f in found.diagnosis.findings if f.severity != "note"] == []
    assert "DAT310" not in codes(found)


@pytest.mark.parametrize("check", load_checks(), ids=lambda check: check.code)
def test_no_check_crashes_where_there_is_no_fit(check):
    for case in (check.fires_on(), check.silent_on()):
        fit = replace(case.fit, status="audited", epochs=(), compile=None, class_weight=None)
        shared = Ledger(fit.id, shared_rows=case.ledger.shared_rows) if case.ledger else None
        bare = replace(case, fit=fit, ledger=shared, model=None)
        told = [run_check(other, bare) for other in load_checks()]
        assert [t.detail for t in told if isinstance(t, NotRun) and t.detail] == []
        found = (f for fs in told if not isinstance(fs, NotRun) for f in fs)
        assert all(0 < len(f.message) < 80 for f in found)


def test_checks_that_take_a_fit_say_so_with_one_reason(tmp_path):
    found = audited(tmp_path, *table(60))
    told = {n.code for n in found.diagnosis.not_run if n.reason == TAKES_A_FIT}
    assert told == {check.code for check in load_checks() if check.audits is None}
    assert {"MOD106", "CUR101", "FIT101", "DAT205"} <= told
    assert "DAT101" not in told
    assert f"{len(told)} checks - {TAKES_A_FIT}" in found.report().replace("\n               ", " ")


@pytest.mark.parametrize("form", ["full", "concise", "json", "html", "markdown", "sarif", "github"])
def test_every_form_of_report_tells_of_an_audit_without_words_of_fits(tmp_path, digits, form):
    x, y = digits
    parts = pair(np.concatenate([x, x[:30]]), np.concatenate([y, y[:30]]))
    text = audited(tmp_path, **parts).report(form)
    assert "DAT101" in text
    if form in ("full", "markdown"):
        assert "epoch" not in text
        assert "parameters" not in text
        assert "ledger" not in text


def test_near_twins_are_told_where_pictures_are_laid_over_one_another(tmp_path, monkeypatch):
    """What looks for twins is put in the place of one that knows the pairs."""
    data = class_folders(tmp_path / "data", 12)
    names = sorted(str(p.relative_to(data)) for p in data.rglob("*.png"))
    first, second = (
        names.index("train/cat/train003.png"),
        names.index("validation/dog/validation002.png"),
    )
    pairs = (SimpleNamespace(first=first, second=second), SimpleNamespace(first=0, second=1))

    def twins_of(pictures, *, seconds):
        assert next(pictures).shape == (24, 24, 1)
        return SimpleNamespace(pairs=pairs, notes=("so it is",))

    monkeypatch.setattr("valgap.auditing.pictures.twins_of", twins_of)
    found = audited(tmp_path, data, **FULL)
    told = finding(found, "DAT102")
    assert told.message == "near duplicates: 1 of 8 validation rows show a training row (12 %)"
    assert told.evidence[0] == f"such as {names[second]} and {names[first]}"
    assert "so it is" in found.stored.record.notes
    made = found.split()
    assert made.parts[first] == made.parts[second]
    assert made.parts[0] == made.parts[1]


def test_an_audit_is_kept_as_a_run_and_read_again(tmp_path):
    found = audited(tmp_path, *table(60))
    again = valgap.load(found.path, tmp_path / "kept")
    assert again.diagnosis.findings == found.diagnosis.findings


def test_an_audit_is_the_same_twice(tmp_path, digits):
    one, two = (audited(tmp_path, *digits, seed=3, **FULL) for _ in range(2))
    assert one.diagnosis.findings == two.diagnosis.findings


def test_rows_are_kept_only_where_they_were_asked_for(tmp_path):
    data = class_folders(tmp_path / "data", 12)
    shutil.copy(data / "train" / "cat" / "train001.png", data / "validation" / "cat" / "copy.png")
    assert not list(audited(tmp_path, data).path.glob("fits/*/samples.npz"))
    shown = audited(tmp_path, data, include_samples=True, **FULL)
    assert list(shown.path.glob("fits/*/samples.npz"))
    assert "Rows that findings are of" in shown.report("html")


def test_no_keras_is_imported(tmp_path):
    np.savez(tmp_path / "d.npz", x=table(60)[0], y=table(60)[1])
    program = (
        "import sys, valgap\n"
        f"valgap.audit({str(tmp_path / 'd.npz')!r}, root={str(tmp_path)!r}).report()\n"
        "print([m for m in ('keras', 'tensorflow', 'jax', 'torch') if m in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
