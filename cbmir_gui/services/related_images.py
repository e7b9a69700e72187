"""Which images of a library are the query's own: same patient, same study, a copy.

Patients are compared by the library's keyed hash of their identity, or by the group
that a manifest gives. Near-duplicates are found by fingerprints of the thumbnails, so
that every library has them: those of the hits are computed when they are wanted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.errors import CbmirError
from cbmir_gui.core.search_records import (
    NEAR_DUPLICATES,
    RELATIONS,
    SAME_PATIENT,
    SAME_STUDY,
)
from cbmir_gui.imaging.perceptual_hash import NEAR_BITS, thumbnail_hash
from cbmir_gui.library.catalogue_origins import OriginCatalogue
from cbmir_gui.library.entries import ImageOrigin

Mask = NDArray[np.bool_]
_MAX_FINGERPRINTS = 200_000


class _Codes:
    """Texts as numbers, to be compared quickly; an empty text is equal to none."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._code_of: dict[str, int] = {}
        codes = [self._code_of.setdefault(text, len(self._code_of)) for text in texts]
        self._codes = np.array(codes, np.int32)

    def equal(self, text: str) -> Mask:
        code = self._code_of.get(text, -1) if text else -1
        return np.asarray(self._codes == code)


class Origins:
    """Whose the images of a library are.

    Parameters
    ----------
    origins : num_images
    """

    def __init__(self, origins: Sequence[ImageOrigin]) -> None:
        self._files = _Codes([_content(origin.image_id) for origin in origins])
        self._patients = _Codes([origin.patient_key for origin in origins])
        self._groups = _Codes([origin.group for origin in origins])
        self._studies = _Codes([origin.study_instance_uid for origin in origins])

    def same_study(self, query: ImageOrigin) -> Mask:
        """Return which images are of the query's study or file, (num_images,)."""
        of_file = self._files.equal(_content(query.image_id))
        return of_file | self._studies.equal(query.study_instance_uid)

    def same_patient(self, query: ImageOrigin) -> Mask:
        """Return which images show the query's patient, (num_images,)."""
        of_patient = self._patients.equal(query.patient_key)
        of_group = self._groups.equal(query.group)
        return of_patient | of_group | self.same_study(query)


@dataclass(frozen=True, slots=True, eq=False)
class Kinship:
    """How each image of a library is related to one query."""

    same_patient: Mask
    """(num_images,)"""
    same_study: Mask
    """(num_images,)"""

    def hidden(self, hide: Sequence[str]) -> Mask:
        """Return which images are not wanted, near-duplicates left aside.

        Raises
        ------
        CbmirError
            `hide` names something else than `RELATIONS`.
        """
        unknown = [name for name in hide if name not in RELATIONS]
        if unknown:
            raise CbmirError(
                f"'{unknown[0]}' cannot be hidden. Choose some of: "
                f"{', '.join(RELATIONS)}."
            )
        hidden: Mask = np.zeros(len(self.same_patient), np.bool_)
        if SAME_PATIENT in hide:
            hidden |= self.same_patient
        if SAME_STUDY in hide:
            hidden |= self.same_study
        return hidden


class Fingerprints:
    """Fingerprints of thumbnails, kept: an image_id always has the same picture."""

    def __init__(self) -> None:
        self._kept: dict[str, int | None] = {}

    def near(
        self, catalogue: OriginCatalogue, image_ids: Sequence[str], query: int | None
    ) -> Mask:
        """Return which images look as the query does, (len(image_ids),).

        Parameters
        ----------
        query
            Its fingerprint; None: it has no picture, and nothing looks like it.
        """
        if query is None:
            return np.zeros(len(image_ids), np.bool_)
        found = [self._fingerprint(catalogue, image_id) for image_id in image_ids]
        return np.array(
            [
                fingerprint is not None
                and (fingerprint ^ query).bit_count() <= NEAR_BITS
                for fingerprint in found
            ],
            np.bool_,
        )

    def _fingerprint(self, catalogue: OriginCatalogue, image_id: str) -> int | None:
        if image_id not in self._kept:
            if len(self._kept) >= _MAX_FINGERPRINTS:
                self._kept.clear()
            self._kept[image_id] = thumbnail_hash(catalogue.thumbnail(image_id))
        return self._kept[image_id]


def hides_near_duplicates(hide: Sequence[str]) -> bool:
    """Return whether copies of the query are not wanted."""
    return NEAR_DUPLICATES in hide


def _content(image_id: str) -> str:
    """Return the part of an image_id that all frames of a file share."""
    return image_id.rpartition(":")[0]
