"""Which extractor makes the features of a library's new images."""

from cbmir_gui.core.errors import LibraryOutdatedError
from cbmir_gui.core.records import ExtractorInfo
from cbmir_gui.features.registry import find_extractor
from cbmir_gui.library.library import Library


def default_extractor(library: Library) -> ExtractorInfo | None:
    """Return the library's default extractor; None for a new library."""
    key = library.catalogue.default_extractor()
    found = [info for info in library.catalogue.extractors() if info.key == key]
    return found[0] if found else None


def named_extractor(library: Library, model: str, layer: str) -> ExtractorInfo:
    """Describe an extractor; what is not named is as in the library's default.

    Raises
    ------
    ModelError
        There is none of that name.
    """
    default = default_extractor(library)
    if default is not None and model in {"", default.model}:
        model, layer = default.model, layer or default.layer
    return find_extractor(model, layer)


def extractor_for(library: Library, model: str, layer: str) -> ExtractorInfo:
    """Describe the extractor for new images; see `named_extractor`.

    Raises
    ------
    LibraryOutdatedError
        The library's features are of the same model and layer, but its weights have
        changed: new images would not be found together with the old ones.
    ModelError
        There is none of that name.
    """
    info = named_extractor(library, model, layer)
    held = [
        other.key
        for other in library.catalogue.extractors()
        if (other.model, other.layer) == (info.model, info.layer)
    ]
    if held and info.key not in held:
        raise LibraryOutdatedError(info.model)
    return info
