"""The words on a tile of the grid; a similarity is named as what it is."""

from html import escape

from PySide6.QtCore import QCoreApplication

from cbmir_gui.core.burned_in import BURNED_IN_LIKELY, BURNED_IN_YES
from cbmir_gui.core.search_records import FUSED, SearchResults
from cbmir_gui.gui.results.tiles import Tile


def _tr(text: str) -> str:
    return QCoreApplication.translate("Tile", text)


def metric_name(metric: str) -> str:
    """Return the name of a metric for a menu."""
    names = {
        "cosine": _tr("Cosine"),
        "euclidean": _tr("Euclidean"),
        FUSED: _tr("Combined"),
    }
    return names.get(metric, metric)


def similarity_name(metric: str) -> str:
    """Return what the similarity of a metric is called."""
    names = {
        "cosine": _tr("cosine similarity"),
        "euclidean": _tr("similarity 1/(1+distance)"),
        FUSED: _tr("fused score"),
    }
    return names.get(metric, _tr("similarity"))


def similarity_explained(metric: str) -> str:
    """Return how a similarity is computed; empty where its name says it."""
    if metric != FUSED:
        return ""
    return _tr(
        "Mean over the models of how many standard deviations an image is nearer "
        "to the query than the average image of the library"
    )


def similarity_short_name(metric: str) -> str:
    """Return the same in one short word, for a caption."""
    names = {
        "cosine": _tr("cosine"),
        "euclidean": _tr("1/(1+d)"),
        FUSED: _tr("fused"),
    }
    return names.get(metric, _tr("similarity"))


def features_name(results: SearchResults) -> str:
    """Return the models and layers that a search used."""
    first = f"{results.model} · {results.layer}"
    return " + ".join([first, *(name.replace("/", " · ") for name in results.also)])


def class_label(class_name: str) -> str:
    """Return a class as people write it: ct_head becomes ct head."""
    return class_name.replace("_", " ") or _tr("no class")


def tile_name(tile: Tile) -> str:
    """Return the class, or the file name of an image without one."""
    return class_label(tile.class_name) if tile.class_name else tile.file_name


def kind_line(tile: Tile) -> str:
    """Return class and modality in one line."""
    return " · ".join(filter(None, [tile_name(tile), tile.modality]))


def caption(tile: Tile) -> str:
    """Return the one-line name of the tile."""
    return f"{tile.rank}. {kind_line(tile)}" if tile.rank else kind_line(tile)


def relation_names(tile: Tile) -> list[str]:
    """Return how an image is related to the query; none for the query itself."""
    if tile.is_query:
        return []
    names = []
    if tile.same_study:
        names.append(_tr("same study"))
    elif tile.same_patient:
        names.append(_tr("same patient"))
    if tile.near_duplicate:
        names.append(_tr("near-duplicate"))
    return names


def burned_in_text(burned_in: str) -> str:
    """Return what is said of text in the pixels; empty where nothing suggests it."""
    texts = {
        BURNED_IN_YES: _tr("Text in the picture, says the file"),
        BURNED_IN_LIKELY: _tr("Perhaps text in the picture"),
    }
    return texts.get(burned_in, "")


def _facts(tile: Tile, metric: str) -> list[tuple[str, str]]:
    facts = [(_tr("File"), tile.file_name)]
    if tile.frame > 1:
        facts.append((_tr("Frame"), str(tile.frame)))
    facts += [
        (_tr("Class"), class_label(tile.class_name)),
        (_tr("Diagnosis"), tile.diagnosis),
        (_tr("Modality"), tile.modality),
        (_tr("Body part"), tile.body_part),
        (_tr("Related to the query"), ", ".join(relation_names(tile))),
        (_tr("Caution"), burned_in_text(tile.burned_in)),
    ]
    if tile.rank:
        facts.append((similarity_name(metric).capitalize(), f"{tile.similarity:.4f}"))
        facts += part_facts(tile)
        if metric != FUSED:
            facts.append((_tr("Distance"), f"{tile.distance:.4g}"))
    return [(name, value) for name, value in facts if value]


def part_facts(tile: Tile) -> list[tuple[str, str]]:
    """Return how near a hit is by each model, where several were used at once."""
    return [
        (
            f"{part.model} · {part.layer}",
            f"{part.similarity:.4f} {similarity_short_name(part.metric)}",
        )
        for part in tile.parts
    ]


def tooltip(tile: Tile, metric: str) -> str:
    """Return what the tile says when pointed at, as rich text."""
    rows = "".join(
        f"<tr><td>{escape(name)}&nbsp;&nbsp;</td><td><b>{escape(value)}</b></td></tr>"
        for name, value in _facts(tile, metric)
    )
    note = _tr("This is the query image itself.") if tile.is_query else ""
    return f"<table>{rows}</table>{escape(note)}"


def accessible_text(tile: Tile, metric: str) -> str:
    """Return what a screen reader says of the tile."""
    start = [_tr("Rank {rank}").format(rank=tile.rank)] if tile.rank else []
    if tile.is_query:
        start.append(_tr("the query itself"))
    facts = [f"{name} {value}" for name, value in _facts(tile, metric)]
    return ", ".join(start + facts)
