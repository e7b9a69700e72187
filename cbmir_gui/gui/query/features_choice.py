"""Which of a library's features a search uses, as the window offers it."""

from dataclasses import dataclass

from cbmir_gui.core.records import ExtractorInfo, LibraryInfo


@dataclass(frozen=True, slots=True)
class FeaturesChoice:
    """Model and layer; both empty for the library's default."""

    model: str = ""
    layer: str = ""
    also: tuple[str, ...] = ()
    """Further "model/layer" that are searched with at once."""


def default_extractor(info: LibraryInfo) -> ExtractorInfo | None:
    """Return the features that are used where none are chosen."""
    key = info.default_extractor
    return next((entry for entry in info.extractors if entry.key == key), None)


def offered_extractors(info: LibraryInfo) -> tuple[ExtractorInfo, ...]:
    """Return one for each model and layer, the library's default among them.

    A model that was changed has left the features of its former self behind.
    """
    offered = {(entry.model, entry.layer): entry for entry in info.extractors}
    if default := default_extractor(info):
        offered[default.model, default.layer] = default
    return tuple(offered.values())


def combined_extractors(info: LibraryInfo) -> tuple[ExtractorInfo, ...]:
    """Return the features that "Combined" uses, the library's default first.

    One layer of each model: layers of one model say much the same. A library with
    features of only one model has its layers combined. Empty for fewer than two.
    """
    default = default_extractor(info)
    if default is None:
        return ()
    first_of = {default.model: default}
    for entry in offered_extractors(info):
        first_of.setdefault(entry.model, entry)
    chosen = tuple(first_of.values())
    if len(chosen) == 1:
        others = (e for e in offered_extractors(info) if e.key != default.key)
        chosen = (default, *others)
    return chosen if len(chosen) > 1 else ()


def combined_choice(info: LibraryInfo) -> FeaturesChoice | None:
    """Return the choice "Combined"; None where there is nothing to combine."""
    extractors = combined_extractors(info)
    if not extractors:
        return None
    first, *others = extractors
    also = tuple(f"{entry.model}/{entry.layer}" for entry in others)
    return FeaturesChoice(first.model, first.layer, also)


def remembered_choice(
    info: LibraryInfo, model: str, layer: str, combined: bool
) -> FeaturesChoice:
    """Return what was chosen last, as far as the library has it.

    Parameters
    ----------
    model, layer
        As remembered; an empty layer stands for any.
    combined
        "Combined" was chosen.
    """
    if combined and (choice := combined_choice(info)):
        return choice
    for entry in info.extractors:
        if entry.model == model and layer in ("", entry.layer):
            return FeaturesChoice(entry.model, entry.layer)
    return FeaturesChoice()
