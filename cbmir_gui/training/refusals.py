"""Labelled images that no training can begin with; told without opening them."""

from collections.abc import Sequence

from cbmir_gui.core.errors import DataError
from cbmir_gui.core.records import ImageSource


def learned_classes(
    sources: Sequence[ImageSource], min_classes: int
) -> tuple[str, ...]:
    """Return the classes, sorted, of images to train and to validate with.

    Raises
    ------
    DataError
        There are fewer than `min_classes`, and classes are learned (2 or more).
    """
    classes = tuple(sorted({source.class_name for source in sources} - {""}))
    if min_classes > 1 and len(classes) < min_classes:
        raise DataError(
            f"Training needs images of at least {min_classes} classes; found "
            f"{len(classes)}. "
            f"Choose a folder with one folder per class, or a manifest with labels."
        )
    return classes


def refuse_empty_parts(
    train: Sequence[ImageSource],
    validation: Sequence[ImageSource],
    classes: Sequence[str],
) -> None:
    """Check that there are images of every class to train on, and some to validate.

    Parameters
    ----------
    classes
        Where there are any, only images of these validate.

    Raises
    ------
    DataError
    """
    if not train:
        raise DataError(
            "No image is left to train on. Add images, or mark some with the split "
            "'train' in the manifest."
        )
    if not any(source.class_name in classes or not classes for source in validation):
        raise DataError(
            "No image is left for validation. Add images, or mark some with the "
            "split 'val' in the manifest."
        )
    missing = sorted(set(classes) - {source.class_name for source in train})
    if missing:
        raise DataError(
            f"The class '{missing[0]}' has no usable image to train on. Add images "
            f"to it or remove the class."
        )


def refusal_of(
    sources: Sequence[ImageSource], usable: Sequence[ImageSource], min_classes: int
) -> str:
    """Return why `datasets.load_training_data` would refuse images; "" if it would not.

    Parameters
    ----------
    sources
        With their splits: all that a training would try to read.
    usable
        Those of them that are not known to be left out.
    """
    try:
        _refuse_unlearnable(sources, usable, min_classes)
    except DataError as error:
        return str(error)
    return ""


def _refuse_unlearnable(
    sources: Sequence[ImageSource], usable: Sequence[ImageSource], min_classes: int
) -> None:
    chosen = [source for source in sources if source.split in {"train", "val"}]
    classes = learned_classes(chosen, min_classes) if min_classes > 1 else ()
    parts: dict[str, list[ImageSource]] = {"train": [], "val": [], "test": []}
    for source in usable:
        if source.class_name or not classes:
            parts[source.split].append(source)
    refuse_empty_parts(parts["train"], parts["val"], classes)
