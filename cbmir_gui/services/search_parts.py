"""Which features a search uses: those of one extractor, or of several at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from cbmir_gui.core.errors import CbmirError
from cbmir_gui.core.records import ExtractorInfo, Metric
from cbmir_gui.library.library import Library
from cbmir_gui.services.search_choices import choose_extractor, choose_metric


@dataclass(frozen=True, slots=True)
class Part:
    """One extractor of a search, and its distance."""

    info: ExtractorInfo
    metric: Metric

    @property
    def name(self) -> str:
        """Model and layer, as a request names them."""
        return f"{self.info.model}/{self.info.layer}"


def choose_parts(
    library: Library, model: str, layer: str, also: Sequence[str], metric: str
) -> tuple[Part, ...]:
    """Return what a request names: its model and layer first, then `also`.

    Parameters
    ----------
    model, layer
        As for `choose_extractor`.
    also
        Further "model/layer", or "model".
    metric
        Of all parts; empty: each has its own.

    Raises
    ------
    CbmirError
        An extractor is named twice, or there is no such metric.
    EmptyLibraryError, LibraryMismatchError, ModelError
        As `choose_extractor`: the library must have the features of each.
    """
    infos = [choose_extractor(library, model, layer)]
    infos += [choose_extractor(library, *split_name(name)) for name in also]
    return parts_of(infos, metric)


def parts_of(infos: Sequence[ExtractorInfo], metric: str) -> tuple[Part, ...]:
    """Return the parts of a search with these extractors.

    Raises
    ------
    CbmirError
        An extractor is named twice, or there is no such metric.
    """
    parts = tuple(Part(info, choose_metric(metric, info)) for info in infos)
    names = [part.name for part in parts]
    for name in names:
        if names.count(name) > 1:
            raise CbmirError(
                f"'{name}' is named twice. Name each model and layer once."
            )
    return parts


def split_name(name: str) -> tuple[str, str]:
    """Return model and layer of "model/layer"; the layer is empty where none is named.

    Raises
    ------
    CbmirError
        No model is named.
    """
    model, _, layer = name.partition("/")
    if not model:
        raise CbmirError(
            f"'{name}' names no model. Write MODEL/LAYER, as 'cbmir library info' "
            f"lists them."
        )
    return model, layer
