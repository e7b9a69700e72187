"""Which features a model's layer gives, and the key that tells them apart.

Read from the card alone, so that listing the choices loads no Keras.
"""

from cbmir_gui.core.errors import LayerNotFoundError
from cbmir_gui.core.records import ExtractorInfo
from cbmir_gui.imaging.reader import PIXELS_VERSION
from cbmir_gui.networks.card import Card


def extractor_key(card: Card, layer: str) -> str:
    """Name model, weights, layer and preprocessing; not the arithmetic."""
    return (
        f"{card.name}/{layer}/{card.weights_sha256[:16]}"
        f"/letterbox{card.input_size_px}-{card.preprocessing}"
        f"-v{PIXELS_VERSION}"
    )


def extractor_info(card: Card, layer: str) -> ExtractorInfo:
    """Describe one layer of a model.

    Raises
    ------
    LayerNotFoundError
    """
    if layer not in card.layers:
        raise LayerNotFoundError(card.name, layer, ", ".join(card.layers))
    return ExtractorInfo(
        model=card.name,
        layer=layer,
        feature_dim=card.layers[layer],
        metric=card.default_metric,
        key=extractor_key(card, layer),
        num_classes=len(card.classes),
        weights_sha256=card.weights_sha256,
    )
