"""A search as it travels: what is asked of a library, and what was found."""

from dataclasses import dataclass

from cbmir_gui.core.records import MIDDLE_FRAME

DEFAULT_TOP = 20
FUSED = "fused"
"""Stands where a metric could: several extractors were used at once."""
SAME_PATIENT, SAME_STUDY = "same-patient", "same-study"
NEAR_DUPLICATES = "near-duplicates"
RELATIONS = (SAME_PATIENT, SAME_STUDY, NEAR_DUPLICATES)
"""How an image of a library may be related to a query."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """One class and the classifier's probability for it."""

    class_name: str
    probability: float
    """0 to 1."""


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A query: exactly one of `query_path` and `query_image_id` is not empty."""

    library: str
    """Folder of the library."""
    query_path: str = ""
    query_image_id: str = ""
    """An image of the library itself ("use as query")."""
    frame: int = MIDDLE_FRAME
    """From 1, or `MIDDLE_FRAME`; of `query_path`."""
    top: int = DEFAULT_TOP
    model: str = ""
    """Empty: the library's default."""
    layer: str = ""
    metric: str = ""
    class_filter: str = "off"
    """off, predicted, prior, or the name of a class."""
    also: tuple[str, ...] = ()
    """Further "model/layer" (or "model") to search with at once: late fusion."""
    hide: tuple[str, ...] = ()
    """Which images related to the query are not wanted: some of `RELATIONS`."""


@dataclass(frozen=True, slots=True)
class PartSimilarity:
    """How near a hit is by one of several extractors."""

    model: str
    layer: str
    metric: str
    distance: float
    similarity: float
    """1 - cosine distance, or 1 / (1 + Euclidean distance)."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One image that a search found."""

    rank: int
    """From 1."""
    image_id: str
    path: str
    class_name: str
    diagnosis: str
    modality: str
    body_part: str
    distance: float
    """Where the metric is `FUSED`, the mean of the standardised distances."""
    similarity: float
    """1 - cosine distance, 1 / (1 + Euclidean distance), or the fused score."""
    is_query: bool = False
    """The hit has the query's own image_id."""
    parts: tuple[PartSimilarity, ...] = ()
    """One for each extractor where the metric is `FUSED`, else none."""
    same_patient: bool = False
    """It shows the query's patient (or the same group, where the data have groups)."""
    same_study: bool = False
    """It is of the query's study, or another frame of its file."""
    near_duplicate: bool = False
    """It looks the same: a copy, scaled or compressed again, or a next slice."""
    burned_in: str = ""
    """yes, no, likely or empty: see `core.burned_in`."""


@dataclass(frozen=True, slots=True)
class SearchResults:
    """The answer to a `SearchRequest`."""

    query_name: str
    image_id: str
    model: str
    layer: str
    metric: str
    """cosine, euclidean, or `FUSED` where several extractors were used."""
    predicted: tuple[Prediction, ...]
    """By falling probability; empty where the model has no classifier."""
    hits: tuple[Hit, ...]
    class_filter: str
    """The class searched in, "off", or "prior": all classes, those that the classifier
    thinks probable first (the hits are then not by falling similarity)."""
    library_size: int
    timings_ms: dict[str, float]
    """decode, extract, search, total."""
    also: tuple[str, ...] = ()
    """The further "model/layer" that were used."""
    prediction_problem: str = ""
    """Why the classifier could not be asked, though the model has one."""
    hide: tuple[str, ...] = ()
    """Which related images were not wanted."""
    num_hidden: int = 0
    """Images left out for that: all of the query's patient or study that were searched
    in, and the near-duplicates that would have stood among the hits."""
