"""Whether the nearest images bear out what the classifier says."""

from cbmir_gui.core.search_records import SearchResults

NUM_NEAREST = 5
_OFF = "off"


def is_contradicted(results: SearchResults) -> bool:
    """Return whether none of the nearest images has the most probable class.

    A classifier knows only its own classes, and is often sure of one of them when it
    is shown something else. A search in all classes knows better what is near. False
    where nothing can be said: no prediction, no search in all classes, or nearest
    images without a class.
    """
    nearest = [hit.class_name for hit in results.hits[:NUM_NEAREST] if not hit.is_query]
    if results.class_filter != _OFF or not results.predicted or not any(nearest):
        return False
    return results.predicted[0].class_name not in nearest
