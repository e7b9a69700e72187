"""What a search found, with what the library knows of it."""

from collections.abc import Sequence

from cbmir_gui.core.records import ImageRecord
from cbmir_gui.core.search_records import Hit, PartSimilarity
from cbmir_gui.index.distances import similarity
from cbmir_gui.library.library import Library
from cbmir_gui.services.marked_search import MarkedHits
from cbmir_gui.services.search_parts import Part


def describe_hits(
    library: Library, parts: Sequence[Part], marked: MarkedHits, query_image_id: str
) -> tuple[Hit, ...]:
    """Return the hits; an image that was removed meanwhile is left out."""
    image_ids = marked.found.image_ids
    records = library.catalogue.records_by_id(image_ids)
    burned_in = library.catalogue.burned_in(image_ids)
    places = [place for place, image_id in enumerate(image_ids) if image_id in records]
    return tuple(
        _hit(
            rank,
            place,
            records[image_ids[place]],
            parts,
            marked,
            is_query=image_ids[place] == query_image_id,
            burned_in=burned_in.get(image_ids[place], ""),
        )
        for rank, place in enumerate(places, start=1)
    )


def _hit(
    rank: int,
    place: int,
    record: ImageRecord,
    parts: Sequence[Part],
    marked: MarkedHits,
    *,
    is_query: bool,
    burned_in: str,
) -> Hit:
    distance = marked.found.distances[place]
    by_part = marked.found.by_part[place]
    single = similarity(distance, parts[0].metric)
    return Hit(
        rank=rank,
        image_id=record.image_id,
        path=record.path,
        class_name=record.class_name,
        diagnosis=record.diagnosis,
        modality=record.modality,
        body_part=record.body_part,
        distance=distance,
        similarity=-distance if by_part else single,
        is_query=is_query,
        parts=tuple(
            PartSimilarity(
                part.info.model,
                part.info.layer,
                part.metric,
                value,
                similarity(value, part.metric),
            )
            for part, value in zip(parts, by_part, strict=False)
        ),
        same_patient=bool(marked.same_patient[place]),
        same_study=bool(marked.same_study[place]),
        near_duplicate=bool(marked.near_duplicate[place]),
        burned_in=burned_in,
    )
