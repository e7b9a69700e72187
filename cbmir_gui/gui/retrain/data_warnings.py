"""What a trainer should know of labelled images before learning from them."""

from PySide6.QtCore import QCoreApplication, QLocale

from cbmir_gui.engine.operation_answers import DataSummary
from cbmir_gui.gui.counted import counted

FEW_IMAGES = 20
_IMBALANCE = 10
_NUM_NAMED = 3


def _tr(text: str) -> str:
    return QCoreApplication.translate("DataWarnings", text)


def blocking_problem(summary: DataSummary, learns_classes: bool) -> str:
    """Return why no training is possible with these images; "" if it is."""
    return summary.class_problem if learns_classes else summary.problem


def data_warnings(summary: DataSummary) -> list[str]:
    """Return the warnings, the most serious first; each is one sentence or two."""
    warnings = []
    if summary.num_missing:
        warnings.append(
            _tr("{missing} of {total} files are missing and will be skipped.").format(
                missing=QLocale().toString(summary.num_missing),
                total=QLocale().toString(summary.num_images),
            )
        )
    if summary.num_unlabelled:
        warnings.append(
            counted(
                summary.num_unlabelled,
                _tr(
                    "1 image has no class; a network that learns classes leaves it out."
                ),
                _tr(
                    "{n} images have no class; a network that learns classes leaves "
                    "them out."
                ),
            )
        )
    if summary.only_tested:
        warnings.append(
            _tr("Only for testing, so never learned: {names}.").format(
                names=_some(list(summary.only_tested))
            )
        )
    few = sorted(
        (count, name) for name, count in summary.classes.items() if count < FEW_IMAGES
    )
    if few:
        warnings.append(
            _tr(
                "Few images: {names}. Below {limit} per class, results are a matter "
                "of luck."
            ).format(
                names=_some([f"{name} ({count})" for count, name in few]),
                limit=FEW_IMAGES,
            )
        )
    counts = summary.classes.values()
    if counts and max(counts) >= _IMBALANCE * max(1, min(counts)):
        warnings.append(
            _tr(
                "The largest class has {factor} times as many images as the smallest; "
                "the network will favour it."
            ).format(factor=round(max(counts) / max(1, min(counts))))
        )
    if not summary.has_groups:
        warnings.append(
            _tr(
                "The images do not say which patient they belong to. If patients have "
                "several images, the accuracy shown will be too good; a manifest with "
                "a column group prevents that."
            )
        )
    return warnings


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:_NUM_NAMED])
    rest = len(names) - _NUM_NAMED
    return (
        _tr("{names} and {rest} more").format(names=shown, rest=rest)
        if rest > 0
        else shown
    )
