from cbmir_gui.networks.card import Card
from cbmir_gui.services.model_figures import choose_layer

CARD = Card(
    name="x",
    architecture="vgg16",
    variant="default",
    classes=("a", "b"),
    layers={"flatten": 25088, "pooled": 512, "fc1": 256},
    default_layer="flatten",
    default_metric="cosine",
    preprocessing="minus-imagenet-mean",
    input_size_px=224,
)


def choose(**precision: float) -> str:
    figures = {
        layer: {"figures": {"mean_average_precision": value}}
        for layer, value in precision.items()
    }
    return choose_layer(CARD, figures)


def test_the_published_layer_stays_unless_another_is_clearly_better() -> None:
    assert choose(flatten=0.900, pooled=0.904, fc1=0.903) == "flatten"


def test_the_clearly_best_layer_becomes_the_default() -> None:
    assert choose(flatten=0.90, pooled=0.95, fc1=0.97) == "fc1"
