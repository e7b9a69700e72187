"""What the dialog needs to know of the library that is open in the window."""

from dataclasses import dataclass

from cbmir_gui.core.records import LibraryInfo


@dataclass(frozen=True, slots=True)
class OpenLibrary:
    """The open library and what it is searched with; empty: none is open."""

    folder: str = ""
    name: str = ""
    model: str = ""
    layer: str = ""
    num_images: int = 0
    read_only: bool = False


def open_library(
    info: LibraryInfo | None, chosen_model: str, chosen_layer: str
) -> OpenLibrary:
    """Describe a library; the chosen features count where the library has them."""
    if info is None:
        return OpenLibrary()
    model, layer = "", ""
    for entry in info.extractors:
        is_chosen = entry.model == chosen_model and chosen_layer in ("", entry.layer)
        if is_chosen or (entry.key == info.default_extractor and not model):
            model, layer = entry.model, entry.layer
        if is_chosen:
            break
    return OpenLibrary(
        info.folder, info.name, model, layer, info.num_images, info.read_only
    )
