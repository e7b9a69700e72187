"""What one cell of the grid shows: a hit of a search, or an image of the library."""

from dataclasses import dataclass
from pathlib import Path

from cbmir_gui.core.records import ImageRecord
from cbmir_gui.core.search_records import Hit, PartSimilarity


@dataclass(frozen=True, slots=True)
class Tile:
    """One cell of the grid."""

    image_id: str
    path: str
    class_name: str = ""
    diagnosis: str = ""
    modality: str = ""
    body_part: str = ""
    rank: int = 0
    """From 1; 0 where the image was not searched for."""
    similarity: float = 0.0
    distance: float = 0.0
    is_query: bool = False
    parts: tuple[PartSimilarity, ...] = ()
    """How near it is by each model, where several were used at once."""
    same_patient: bool = False
    """It shows the query's patient."""
    same_study: bool = False
    """It is of the query's study."""
    near_duplicate: bool = False
    """It looks as the query does."""
    burned_in: str = ""
    """yes, no, likely or empty: see `core.burned_in`."""

    @property
    def file_name(self) -> str:
        """The last component of the path."""
        return Path(self.path).name

    @property
    def frame(self) -> int:
        """The frame that the image_id names, from 1."""
        frame = self.image_id.rpartition(":")[2]
        return int(frame) if frame.isdigit() else 1


def tile_of_hit(hit: Hit) -> Tile:
    """Return the cell of a search hit."""
    return Tile(
        image_id=hit.image_id,
        path=hit.path,
        class_name=hit.class_name,
        diagnosis=hit.diagnosis,
        modality=hit.modality,
        body_part=hit.body_part,
        rank=hit.rank,
        similarity=hit.similarity,
        distance=hit.distance,
        is_query=hit.is_query,
        parts=hit.parts,
        same_patient=hit.same_patient,
        same_study=hit.same_study,
        near_duplicate=hit.near_duplicate,
        burned_in=hit.burned_in,
    )


def tile_of_record(record: ImageRecord) -> Tile:
    """Return the cell of an image of the library."""
    return Tile(
        image_id=record.image_id,
        path=record.path,
        class_name=record.class_name,
        diagnosis=record.diagnosis,
        modality=record.modality,
        body_part=record.body_part,
    )
