import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from cbmir_gui.core.errors import Cancelled, CbmirError, DataError
from cbmir_gui.core.progress import no_progress
from cbmir_gui.features.registry import find_extractor
from cbmir_gui.services.compare import report, robustness, trained
from cbmir_gui.services.compare.comparison import CompareRequest, compare
from cbmir_gui.services.compare.robustness import SpoiltQueries, WithoutOwnSource
from cbmir_gui.services.compare.row import Retrieval, Row, row_key
from cbmir_gui.services.compare.tasks import find_tasks, read_task
from cbmir_gui.services.compare.trained import (
    BuiltInSystem,
    ModelSystem,
    RandomSystem,
)

DRAW = report.pdf_bytes
QUICK = ("raw-pixels@c18", "random@c18", "lbp+tree")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture(autouse=True)
def no_plots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the PDF, which takes a second; one test draws it."""
    monkeypatch.setattr(report, "pdf_bytes", lambda report: b"")


def run(manifest: Path, out: Path, decoder, *rows: str, **changes: object) -> dict:
    progress = changes.pop("progress", no_progress)
    request = CompareRequest(str(manifest), str(out), rows or QUICK, **changes)
    return compare(request, decoder, progress)


def by_name(document: dict) -> dict[str, dict]:
    return {row["row"]: row for row in document["rows"]}


def test_rows_are_measured_by_one_protocol(manifest, out, decoder) -> None:
    document = run(manifest, out, decoder)
    rows = by_name(document)
    assert list(rows) == ["lbp+tree@c18", "raw-pixels@c18", "random@c18"]
    assert {row["status"] for row in rows.values()} == {"ok"}
    assert {row["num_queries"] for row in rows.values()} == {12}
    assert {row["database_size"] for row in rows.values()} == {24}
    pixels = rows["raw-pixels@c18"]
    assert pixels["figures"]["mean_average_precision"] == 1
    assert pixels["figures"]["accuracy"] is None
    assert pixels["figures"]["vote_accuracy"] == 1
    assert pixels["intervals"]["precision_at_1"] == [1, 1]
    assert pixels["precision_recall"] == [1] * 11
    assert pixels["feature_dim"] == 784
    assert pixels["inference_ms"] > 0
    assert rows["random@c18"]["figures"]["mean_average_precision"] < 0.7
    assert rows["lbp+tree@c18"]["figures"]["accuracy"] > 0.5
    assert rows["lbp+tree@c18"]["search"] == "predicted"
    assert "chosen on val" in rows["lbp+tree@c18"]["note"]
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_diagnoses_are_measured_where_there_are_any(manifest, out, decoder) -> None:
    rows = by_name(run(manifest, out, decoder, "raw-pixels"))
    diagnosis = rows["raw-pixels@c18"]["diagnosis"]
    assert diagnosis["num_queries"] == 4
    assert diagnosis["classes"] == ["brain_mri"]
    assert 0 < diagnosis["figures"]["precision_at_1"] <= 1
    by_modality = rows["raw-pixels@m4"]
    assert by_modality["label"] == "modality"
    assert by_modality["diagnosis"] is None


def test_classes_with_patients_on_both_sides_stand_apart(
    manifest, out, decoder
) -> None:
    row = by_name(run(manifest, out, decoder, "raw-pixels"))["raw-pixels@c18"]
    assert row["not_patient_disjoint"]["classes"] == ["eeg_trace"]
    assert row["not_patient_disjoint"]["num_queries"] == 4
    assert row["patient_disjoint"]["classes"] == ["brain_mri", "chest_ct"]
    text = (out / "report.md").read_text()
    assert "patient_disjoint = no" in text


def test_a_class_of_one_patient_is_in_no_figure_of_retrieval(
    rows, write_manifest, out, decoder
) -> None:
    for line in rows:
        if line["class"] == "eeg_trace":
            line["group"] = "one patient"
    found = by_name(run(write_manifest(rows), out, decoder, "raw-pixels"))
    row = found["raw-pixels@c18"]
    assert row["uncounted_classes"] == ["eeg_trace"]
    assert row["figures"]["vote_accuracy"] == 1
    assert "eeg_trace" not in row["confusion_matrix"]["classes"]
    text = (out / "report.md").read_text()
    assert "In no figure of retrieval: eeg_trace." in text


def test_the_report_is_written_three_times(manifest, out, decoder, monkeypatch) -> None:
    monkeypatch.setattr(report, "pdf_bytes", DRAW)
    document = run(manifest, out, decoder)
    text = Path(document["files"]["md"]).read_text()
    assert "| raw pixels | - | 1.000 [1.000, 1.000] |" in text
    assert "LBP + decision tree" in text
    assert "97.84 %" in text
    # Eight relevant images in the database.
    assert "P@5 1.000, P@20 0.400, P@40 0.200, P@60 0.133, P@80 0.100, P@100" in text
    with Path(document["files"]["csv"]).open(newline="") as stream:
        lines = {line["row"]: line for line in csv.DictReader(stream)}
    assert lines["raw-pixels@c18"]["mean_average_precision"] == "1.0"
    assert lines["raw-pixels@c18"]["diagnosis_precision_at_1"]
    pages = Path(document["files"]["pdf"]).read_bytes()
    assert pages.startswith(b"%PDF")
    # Papers, bars, curves, diagnoses, costs, and the matrix of the only classifier.
    assert pages.count(b"/Type /Page ") == 6
    assert str(manifest.parent) not in text


def test_what_was_measured_is_kept(manifest, out, decoder, monkeypatch) -> None:
    first = run(manifest, out, decoder)
    monkeypatch.setattr(Retrieval, "run", None)
    assert run(manifest, out, decoder) == first
    # Rows that were not asked for stay in the report.
    assert run(manifest, out, decoder, "random@c18") == first


def test_a_stopped_comparison_goes_on_with_the_missing_rows(
    manifest, out, decoder, monkeypatch
) -> None:
    def stop(done: int, total: int, text: str = "") -> None:
        if text.startswith("random"):
            raise Cancelled

    with pytest.raises(Cancelled):
        run(manifest, out, decoder, progress=stop)
    measured = []
    original = Retrieval.run

    def count(self: Retrieval, *arguments: object) -> dict:
        measured.append(self.system)
        return original(self, *arguments)

    monkeypatch.setattr(Retrieval, "run", count)
    document = run(manifest, out, decoder)
    assert len(document["rows"]) == 3
    assert measured == [RandomSystem()]


def test_a_row_cut_short_on_disk_is_measured_anew(manifest, out, decoder) -> None:
    first = by_name(run(manifest, out, decoder, "random@c18"))
    path = out / "cache" / "random@c18.json"
    path.write_text(path.read_text()[:50])
    again = by_name(run(manifest, out, decoder, "random@c18"))
    assert again["random@c18"]["figures"] == first["random@c18"]["figures"]


def test_other_data_are_measured_anew(
    rows, write_manifest, manifest, out, decoder
) -> None:
    run(manifest, out, decoder)
    for row in rows[:2]:
        row["diagnosis"] = "other"
    document = run(write_manifest(rows), out, decoder, "random@c18")
    # The other rows were measured on data that are no longer there.
    assert list(by_name(document)) == ["random@c18"]


def test_a_failing_row_is_listed_and_the_others_go_on(
    manifest, out, decoder, monkeypatch
) -> None:
    def fail(self: RandomSystem, data: object, tools: object) -> None:
        raise ValueError("out of luck")

    monkeypatch.setattr(RandomSystem, "embed", fail)
    document = run(
        manifest,
        out,
        decoder,
        "mobilenetv2@c18",
        "random@c18",
        "raw-pixels@c18",
        imagenet=str(out / "nothing.npz"),
    )
    rows = by_name(document)
    assert rows["raw-pixels@c18"]["status"] == "ok"
    assert "no file 'nothing.npz'" in rows["mobilenetv2@c18"]["reason"]
    assert "unexpected error (ValueError)" in rows["random@c18"]["reason"]
    text = (out / "report.md").read_text()
    assert "`random@c18`: An unexpected error (ValueError)" in text


def test_unknown_rows_and_missing_data_are_refused(manifest, out, decoder) -> None:
    with pytest.raises(CbmirError, match=r"no row 'zebra'.*raw-pixels"):
        run(manifest, out, decoder, "raw-pixels", "zebra")
    with pytest.raises(DataError, match=r"no 'nothing\.csv'"):
        run(manifest.with_name("nothing.csv"), out, decoder)


def test_a_folder_of_class_folders_is_one_task(manifest, out, decoder) -> None:
    folder = manifest.parent
    manifest.unlink()
    rows = by_name(run(folder, out, decoder, "raw-pixels"))
    assert list(rows) == ["raw-pixels@all"]


def test_unreadable_images_are_counted(rows, manifest, out, decoder) -> None:
    Path(rows[0]["file"]).write_text("not an image")
    row = by_name(run(manifest, out, decoder, "raw-pixels@c18"))["raw-pixels@c18"]
    assert row["num_unreadable"] == 1
    assert row["database_size"] == 23
    assert row["num_skipped"] == 0
    Path(rows[11]["file"]).unlink()
    row = by_name(run(manifest, out, decoder, "raw-pixels@c18"))["raw-pixels@c18"]
    assert (row["num_skipped"], row["num_queries"]) == (1, 11)
    text = (out / "report.md").read_text()
    assert "could not be read: 1 queries, 1 images of the database" in text
    with (out / "report.csv").open(newline="") as stream:
        assert {line["num_skipped"] for line in csv.DictReader(stream)} == {"1"}


def test_nothing_is_said_of_patients_where_the_manifest_says_nothing(
    rows, write_manifest, out, decoder
) -> None:
    for row in rows:
        row["patient_disjoint"] = ""
    found = run(write_manifest(rows), out, decoder, "raw-pixels@c18")
    row = by_name(found)["raw-pixels@c18"]
    assert (row["patient_disjoint"], row["not_patient_disjoint"]) == (None, None)


def test_what_changes_the_figures_changes_the_key(
    rows, write_manifest, manifest, monkeypatch
) -> None:
    task = find_tasks(manifest)[0]
    kept = Row("x", "x", "control", task, Retrieval(BuiltInSystem("raw-pixels")))
    shared = frozenset({rows[11]["file"]})

    def key(shared_files: frozenset[str] | None = shared) -> str:
        return row_key(kept, read_task(manifest, task), shared_files)

    first = key()
    assert key() == first
    assert len({first, key(None), key(frozenset())}) == 3
    # Only queries are marked.
    assert key(shared | {rows[0]["file"]}) == first
    path = Path(rows[0]["file"])
    content = path.read_bytes()
    path.write_bytes(content[::-1])
    assert key() != first
    path.write_bytes(content)
    assert key() == first


def test_metric_and_sources_of_a_model_are_in_its_key(
    rows, write_manifest, monkeypatch
) -> None:
    info = find_extractor("raw-pixels")
    found = {}
    for metric, source in (("cosine", "a"), ("euclidean", "a"), ("euclidean", "b")):
        other = replace(info, metric=metric)
        for module in (robustness, trained):
            monkeypatch.setattr(module, "find_extractor", lambda *_, other=other: other)
        for row in rows:
            row["original_dataset"] = source
        path = str(write_manifest(rows))
        found[metric, source] = (
            ModelSystem("m", "l").fingerprint(),
            SpoiltQueries(path, "m", "l", "blur").fingerprint(),
            WithoutOwnSource(path, "m", "l").fingerprint(),
        )
    (model, spoilt, without), other_metric, other_source = found.values()
    assert {model, spoilt, without}.isdisjoint(other_metric)
    assert other_metric[:2] == other_source[:2]
    assert other_metric[2] != other_source[2]
