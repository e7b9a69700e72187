"""What a training would find in DATA; counted without opening an image."""

from collections import Counter

from cbmir_gui.core.errors import DataError
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.engine.operation_answers import DataSummary
from cbmir_gui.engine.operations import DataArguments
from cbmir_gui.services.labelled_data import read_labelled, read_sets
from cbmir_gui.services.training_data import split_sources
from cbmir_gui.sources.manifests import missing_files
from cbmir_gui.training.refusals import refusal_of


def inspect_data(arguments: DataArguments) -> DataSummary:
    """Count labelled images, and say why a training would refuse them.

    Raises
    ------
    DataError, LibraryError
        DATA cannot be used.
    """
    data, label = arguments.data, arguments.label
    sources = read_labelled(data, arguments.set_name, label=label)
    classes = Counter(source.class_name for source in sources)
    num_unlabelled = classes.pop("", 0)
    missing = {source.path for source in missing_files(sources)}
    try:
        split = split_sources(
            TrainRequest(data, set_name=arguments.set_name, label=label)
        )
    except DataError as error:
        split, problem = [], str(error)
        class_problem = problem
    else:
        usable = [source for source in split if source.path not in missing]
        problem = refusal_of(split, usable, min_classes=1)
        class_problem = refusal_of(split, usable, min_classes=2)
    learned = {source.class_name for source in split if source.split != "test"}
    return DataSummary(
        num_images=len(sources),
        classes=dict(classes),
        splits=dict(Counter(source.split for source in sources)),
        num_missing=len(missing),
        has_groups=all(source.group for source in sources),
        sets=tuple(read_sets(data)),
        num_unlabelled=num_unlabelled,
        only_tested=tuple(sorted(classes.keys() - learned)) if split else (),
        problem=problem,
        class_problem=class_problem,
    )
