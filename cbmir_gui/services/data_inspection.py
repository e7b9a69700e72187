"""What a training would find in DATA; counted without opening an image."""

from collections import Counter

from cbmir_gui.engine.operation_answers import DataSummary
from cbmir_gui.engine.operations import DataArguments
from cbmir_gui.services.labelled_data import read_labelled, read_sets
from cbmir_gui.sources.manifests import missing_files


def inspect_data(arguments: DataArguments) -> DataSummary:
    """Count labelled images as a training would read them.

    Raises
    ------
    DataError, LibraryError
        DATA cannot be used.
    """
    data, label = arguments.data, arguments.label
    sources = read_labelled(data, arguments.set_name, label=label)
    return DataSummary(
        num_images=len(sources),
        classes=dict(Counter(source.class_name for source in sources)),
        splits=dict(Counter(source.split for source in sources)),
        num_missing=len(missing_files(sources)),
        has_groups=all(source.group for source in sources),
        sets=tuple(read_sets(data)),
    )
