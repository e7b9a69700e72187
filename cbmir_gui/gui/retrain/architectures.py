"""The networks that can be trained, and which choices each of them has."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

SCRATCH = "none"
IMAGENET = "imagenet"
HEAD = "head"
LAST_BLOCK = "block5"
ALL = "all"
OURS = "ours"
PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Architecture:
    """One entry of the choice of networks."""

    name: str
    variant: str
    title: str
    learns_classes: bool = True
    starts_from_files: bool = True
    """ImageNet, or a file of weights."""
    layers: tuple[str, ...] = (HEAD, LAST_BLOCK, ALL)
    """What may learn where the training does not begin from scratch."""
    published_epochs: int = 25
    published_from_scratch: bool = False
    """The published recipe takes no starting weights."""

    @property
    def key(self) -> str:
        """What tells it from the others."""
        return f"{self.name}/{self.variant}"

    @property
    def stem(self) -> str:
        """How the name of a new model begins."""
        return self.name if self.variant == "default" else f"{self.name}-{self.variant}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("Architectures", text)


def architectures() -> tuple[Architecture, ...]:
    """Return the networks; the first is the one for most purposes."""
    return (
        Architecture("vgg16", "default", _tr("VGG16 (learns the classes)")),
        Architecture(
            "vgg16",
            "paper",
            _tr("VGG16 as published (very large)"),
        ),
        Architecture(
            "dcnn",
            "default",
            _tr("DCNN (learns the classes, gray images)"),
            starts_from_files=False,
            layers=(HEAD, ALL),
            published_epochs=30,
            published_from_scratch=True,
        ),
        Architecture(
            "autoencoder",
            "default",
            _tr("Autoencoder (learns the appearance)"),
            learns_classes=False,
            starts_from_files=False,
            layers=(ALL,),
        ),
    )


def advice(architecture: Architecture, start: str, layers: str) -> str:
    """Return what to expect of a training, in one or two sentences."""
    if not architecture.learns_classes:
        return _tr(
            "Learns to redraw the images from 48 numbers; images with similar numbers "
            "look alike. Nothing is predicted."
        )
    if start == SCRATCH:
        return _tr(
            "Learns everything anew. Takes thousands of images and, without a graphics "
            "processor, hours."
        )
    if layers == HEAD:
        return _tr(
            "Keeps what the network sees and learns to tell the new classes apart. A "
            "good beginning from 20 images per class on."
        )
    return _tr(
        "Also changes what the network sees. Better with some hundred images per "
        "class; takes longer."
    )
