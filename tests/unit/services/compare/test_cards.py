"""Figures of a card, where the weights are not at hand."""

from pathlib import Path

from cbmir_gui.networks.card import Card, write_card
from cbmir_gui.services.compare import report
from cbmir_gui.services.compare.comparison import CompareRequest, compare
from cbmir_gui.services.compare.tasks import find_tasks, read_task
from cbmir_gui.training.datasets import hash_sources


def test_a_card_counts_only_for_the_images_that_it_was_measured_on(
    rows, write_manifest, decoder, home, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(report, "pdf_bytes", lambda _report: b"")

    def accuracy(manifest: Path) -> float | None:
        request = CompareRequest(str(manifest), str(tmp_path / "out"), ("random@c24",))
        document = compare(request, decoder)
        return next(
            row["here"]
            for row in document["published"]
            if row["system"] == "DCNN, 24 classes" and row["figure"] == "accuracy"
        )

    of_set = [row | {"sets": "c24"} for row in rows]
    manifest = write_manifest(of_set)
    assert accuracy(manifest) is None  # only the card that comes with the program
    data = read_task(manifest, find_tasks(manifest)[0])
    measured = {"figures": {"accuracy": 0.75}, "intervals": {}, "num_queries": 12}
    card = Card(
        name="dcnn-c24",
        architecture="dcnn",
        variant="default",
        classes=("brain_mri", "chest_ct", "eeg_trace"),
        layers={"fc3": 3},
        default_layer="fc3",
        default_metric="euclidean",
        preprocessing="centre-of-256-gray-minus-mean",
        input_size_px=224,
        training={"data": {"sha256": hash_sources(data.database)}},
        metrics={"test": {"fc3": measured}},
    )
    folder = home / "trained_models" / card.name
    folder.mkdir(parents=True)
    write_card(folder, card)
    assert accuracy(manifest) == 0.75
    assert accuracy(write_manifest(of_set[:-1])) is None  # a query less
    assert accuracy(write_manifest(of_set[1:])) is None  # an image less to learn from
