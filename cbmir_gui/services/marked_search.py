"""A search that marks, or leaves out, the images related to its query.

What is left out is left out before the nearest are taken, so that as many hits come as
were asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.search_records import Prediction
from cbmir_gui.library.catalogue_origins import OriginCatalogue
from cbmir_gui.services.query_reader import Query
from cbmir_gui.services.related_images import (
    Fingerprints,
    Kinship,
    Mask,
    hides_near_duplicates,
)
from cbmir_gui.services.search_space import Found, SearchSpace

_NUM_SPARE = 8
"""Hits asked for beyond those wanted, where near-duplicates are left out: a query
seldom has more."""


@dataclass(frozen=True, slots=True, eq=False)
class MarkedHits:
    """What was found, and how each of it is related to the query."""

    found: Found
    same_patient: Mask
    """(k,)"""
    same_study: Mask
    """(k,)"""
    near_duplicate: Mask
    """(k,)"""
    num_hidden: int


class MarkedSearch:
    """Searches for one query.

    Parameters
    ----------
    space
        What is searched.
    catalogue
        Of the same library: has the thumbnails.
    fingerprints
        Keeps what was computed of them.
    """

    def __init__(
        self,
        space: SearchSpace,
        catalogue: OriginCatalogue,
        fingerprints: Fingerprints,
    ) -> None:
        self._space = space
        self._catalogue = catalogue
        self._fingerprints = fingerprints

    def search(
        self,
        query: Query,
        top: int,
        allowed: Mask | None,
        prior: Sequence[Prediction],
        hide: Sequence[str],
    ) -> MarkedHits:
        """Return the `top` nearest images that are wanted.

        Parameters
        ----------
        allowed, prior
            As of `SearchSpace.search`.
        hide
            Some of `RELATIONS`; the query itself is related to itself in every way.

        Raises
        ------
        CbmirError
            `hide` names something else.
        """
        kinship = self._space.kinship(query.origin)
        unwanted = kinship.hidden(hide)
        wanted = ~unwanted
        num_hidden = int(unwanted.sum())
        if allowed is not None:
            num_hidden = int((unwanted & allowed).sum())
            wanted &= allowed
        without_copies = hides_near_duplicates(hide)
        num_asked = top + _NUM_SPARE if without_copies else top
        while True:
            found = self._space.search(query.features, num_asked, wanted, prior)
            near = self._fingerprints.near(
                self._catalogue, found.image_ids, query.fingerprint
            )
            near |= [image_id == query.image_id for image_id in found.image_ids]
            kept = np.arange(len(near))
            if without_copies:
                kept = np.flatnonzero(~near)
            if len(kept) >= top or len(near) < num_asked:
                break
            wanted[found.rows[near]] = False
            num_hidden += int(near.sum())
            num_asked *= 2
        kept = kept[:top]
        if without_copies:  # only those that would have stood among the hits count
            end = kept[-1] + 1 if len(kept) == top else len(near)
            num_hidden += int(near[:end].sum())
        return _marked(found, kept, kinship, near, num_hidden)


def _marked(
    found: Found,
    kept: NDArray[np.int64],
    kinship: Kinship,
    near: Mask,
    num_hidden: int,
) -> MarkedHits:
    rows = found.rows[kept]
    return MarkedHits(
        found=Found(
            tuple(found.image_ids[place] for place in kept),
            rows,
            tuple(found.distances[place] for place in kept),
            tuple(found.by_part[place] for place in kept) if found.by_part else (),
        ),
        same_patient=kinship.same_patient[rows],
        same_study=kinship.same_study[rows],
        near_duplicate=near[kept],
        num_hidden=num_hidden,
    )
