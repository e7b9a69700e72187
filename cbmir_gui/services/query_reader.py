"""A query as a search needs it: its features, and the classes predicted for it."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from cbmir_gui.core.errors import (
    Cancelled,
    CbmirError,
    DamagedImageError,
    FileAccessError,
    ImageReadError,
    LibraryError,
)
from cbmir_gui.core.records import DecodedImage, FloatArray, ImageInfo, ImageRecord
from cbmir_gui.core.search_records import Prediction, SearchRequest
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.features.base import extract_one
from cbmir_gui.features.registry import open_extractor
from cbmir_gui.imaging.perceptual_hash import thumbnail_hash
from cbmir_gui.library.entries import ImageOrigin
from cbmir_gui.library.library import Library
from cbmir_gui.services.decode_ahead import Decoder, decode_ahead
from cbmir_gui.services.search_choices import PREDICTED, PRIOR, rank_predictions
from cbmir_gui.services.search_clock import SearchClock
from cbmir_gui.services.search_parts import Part
from cbmir_gui.services.search_space import SearchSpace

_PATIENCE_S = 1.0
"""What the file of a cancelled search may still take before its decoder is ended."""


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """What is searched for."""

    name: str
    image_id: str
    features: tuple[FloatArray, ...]
    """(1, feature_dim) for each part of the search."""
    predicted: tuple[Prediction, ...]
    """By the first part's model."""
    origin: ImageOrigin
    """Whose it is."""
    fingerprint: int | None
    """Of its thumbnail; None where it has none."""
    problem: str = ""
    """Why nothing was predicted, though the model has a classifier."""


class QueryReader:
    """Reads queries; one search at a time.

    Parameters
    ----------
    decoder : DecoderClient
        Reads the files.
    clock : SearchClock
        Of the search.
    """

    def __init__(self, decoder: DecoderClient, clock: SearchClock) -> None:
        self._decoder = decoder
        self._clock = clock

    def read(
        self, request: SearchRequest, library: Library, space: SearchSpace
    ) -> Query:
        """Return the query of a request.

        Of an image of the library the stored features are taken; it is read again for
        its predicted classes only.

        Raises
        ------
        ImageReadError
            The query's file cannot be read.
        LibraryError
            The query is not among the images of the library.
        CbmirError
            The request names no query, or two.
        """
        if bool(request.query_path) == bool(request.query_image_id):
            raise CbmirError(
                "A query is either a file or an image of the library: expected one of "
                "them, received both or none. Choose an image."
            )
        if request.query_path:
            path = Path(request.query_path)
            return self._read_file(path, request.frame, space.parts, library)
        record = library.catalogue.record(request.query_image_id)
        features = space.features_of(request.query_image_id)
        if record is None or features is None:
            raise LibraryError(
                f"The query is not among the images of the library "
                f"'{library.catalogue.name}' that have these features. Open its file "
                f"as the query, or complete the library's features."
            )
        predicted: tuple[Prediction, ...] = ()
        problem = ""
        try:
            predicted = self._predict(record, space.parts[0], library)
        except ImageReadError as error:
            if request.class_filter in {PREDICTED, PRIOR}:
                raise
            problem = str(error)
        catalogue = library.catalogue
        return Query(
            name=Path(record.path).name,
            image_id=record.image_id,
            features=features,
            predicted=predicted,
            origin=catalogue.origin(record.image_id) or ImageOrigin(record.image_id),
            fingerprint=thumbnail_hash(catalogue.thumbnail(record.image_id)),
            problem=problem,
        )

    def _predict(
        self, record: ImageRecord, part: Part, library: Library
    ) -> tuple[Prediction, ...]:
        """Classify an image of the library; its file must be as it was added."""
        if not open_extractor(part.info.model, part.info.layer).classes:
            return ()
        path = Path(record.path)
        if not path.exists():
            raise FileAccessError(
                path.name,
                "the file is gone",
                "Put it back where it was, or add it to the library from where it is.",
            )
        query = self._read_file(path, record.frame, (part,), library)
        if query.image_id != record.image_id:
            raise DamagedImageError(
                path.name, "it has changed since it was added", "Add it again."
            )
        return query.predicted

    def _read_file(
        self, path: Path, frame: int, parts: tuple[Part, ...], library: Library
    ) -> Query:
        image = self._decode(path, frame)
        self._clock.lap("decode")
        features = []
        predicted: tuple[Prediction, ...] = ()
        for number, part in enumerate(parts):
            extractor = open_extractor(part.info.model, part.info.layer)
            extraction = extract_one(extractor, image.pixels)
            features.append(extraction.features)
            if number == 0:
                predicted = rank_predictions(
                    extraction.probabilities, extractor.classes
                )
            self._clock.lap("extract")
        return Query(
            name=path.name,
            image_id=image.info.image_id,
            features=tuple(features),
            predicted=predicted,
            origin=_origin(image.info, library),
            fingerprint=thumbnail_hash(image.thumbnail),
        )

    def _decode(self, path: Path, frame: int) -> DecodedImage:
        def work(decoder: Decoder, item: Path) -> DecodedImage:
            return decoder.decode(item, frame, thumbnail=True)

        line = decode_ahead([path], [self._decoder], work, self._clock.check)
        with contextlib.closing(line):
            try:
                _, outcome = next(line)
            except Cancelled:
                self._decoder.interrupt(_PATIENCE_S)
                raise
        if isinstance(outcome, ImageReadError):
            raise outcome
        return outcome


def _origin(info: ImageInfo, library: Library) -> ImageOrigin:
    """Return whose a file is: what it says, and the group that the library knows."""
    known = library.catalogue.origin(info.image_id)
    return ImageOrigin(
        image_id=info.image_id,
        patient_key=library.catalogue.patient_key(info.patient_digest),
        group=known.group if known else "",
        study_instance_uid=info.study_instance_uid,
    )
