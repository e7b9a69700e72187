"""Networks of the papers' tables, trained here from scratch within a budget."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cbmir_gui.core.records import ExtractorInfo, ImageArray, ImageSource
from cbmir_gui.services.all_layers import PROBABILITIES, AllLayers
from cbmir_gui.services.compare.embedding import (
    Cost,
    Embedding,
    Tools,
    embed_once,
    float16_mb,
    time_inference,
)
from cbmir_gui.services.compare.tasks import TaskData

if TYPE_CHECKING:
    from cbmir_gui.training.baseline_training import TrainedBaseline

NETWORKS = {
    "alexnet": "AlexNet",
    "resnet18": "ResNet-18",
    "resnet50": "ResNet50",
    "xception": "Xception",
    "overfeat": "OverFeat",
}
_RECIPE_VERSION = 1
_FEATURES = "features"


@dataclass(frozen=True, slots=True)
class ScratchSystem:
    """One network of `networks.baselines`."""

    network: str
    budget_minutes: float
    seed: int = 1

    def fingerprint(self) -> str:
        """Return network, budget and seed."""
        return (
            f"{self.network}-{self.budget_minutes:g}min-seed{self.seed}"
            f"-v{_RECIPE_VERSION}"
        )

    def embed(self, data: TaskData, tools: Tools) -> Embedding:
        """Train on train, keep the best epoch on val, and extract everything."""
        from cbmir_gui.networks.baselines import BASELINES
        from cbmir_gui.training.baseline_training import (
            BaselineLimits,
            train_baseline,
        )
        from cbmir_gui.training.datasets import load_training_data

        def decode(source: ImageSource) -> ImageArray:
            return tools.decoder.decode(Path(source.path), source.frame).pixels

        images = load_training_data(data.database, decode, tools.progress)
        limits = BaselineLimits(self.budget_minutes * 60, seed=self.seed)
        trained = train_baseline(self.network, images, limits, tools.progress)
        del images
        layers = _layers_of(self.network, trained)
        embedding = embed_once(layers, _FEATURES, data, tools)
        return replace(
            embedding,
            cost=Cost(
                num_parameters=trained.cost.num_parameters,
                size_mb=float16_mb(trained.cost.num_parameters),
                epochs=trained.cost.num_epochs,
                train_seconds=trained.cost.seconds,
                image_size_px=BASELINES[self.network].image_size_px,
                inference_ms=time_inference(layers, data, tools),
                note=f"from scratch, at most {self.budget_minutes:g} minutes; "
                f"val accuracy {trained.cost.val_accuracy:.3f}",
            ),
        )


def _layers_of(network: str, trained: "TrainedBaseline") -> AllLayers:
    sizes = {_FEATURES: trained.feature_dim, PROBABILITIES: len(trained.classes)}
    infos = tuple(
        ExtractorInfo(
            model=network,
            layer=layer,
            feature_dim=size,
            metric="cosine",
            key=f"{network}/{layer}",
            num_classes=len(trained.classes),
        )
        for layer, size in sizes.items()
    )
    return AllLayers(infos, trained.classes, trained.preprocess, trained.run)
