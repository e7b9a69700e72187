"""Classifiers of scikit-learn on hand-crafted features, and a learned linear map."""

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.errors import DataError
from cbmir_gui.core.records import FloatArray
from cbmir_gui.services.compare.embedding import Cost, Embedding, Tools
from cbmir_gui.services.compare.row import System
from cbmir_gui.services.compare.tasks import TaskData
from cbmir_gui.training.datasets import fine_class

CLASSIFIERS = {
    "svm": "SVM",
    "mlp": "neural network",
    "tree": "decision tree",
    "adaboost": "AdaBoost",
}
"""Short name to what the papers call it."""
SHRINKAGE = 0.05
_SEED = 1
_CANDIDATES_VERSION = 1

Names = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class ClassifierSystem:
    """Hand-crafted features with a classifier learned on train and chosen on val."""

    features: System
    classifier: str

    def fingerprint(self) -> str:
        """Return features, classifier and seed."""
        return (
            f"{self.features.fingerprint()}+{self.classifier}"
            f"-v{_CANDIDATES_VERSION}-{_SEED}"
        )

    def embed(self, data: TaskData, tools: Tools) -> Embedding:
        """Return the features, with the predicted class of each query."""
        embedding = self.features.embed(data, tools)
        fitted = fit_classifier(self.classifier, embedding, tools)
        started = time.perf_counter()
        predicted = fitted.model.predict(embedding.query_features)
        ms = (time.perf_counter() - started) * 1000 / max(1, len(predicted))
        extraction_ms = embedding.cost.inference_ms
        cost = Cost(
            size_mb=fitted.size_mb,
            train_seconds=fitted.seconds,
            inference_ms=extraction_ms and float(f"{extraction_ms + ms:.3g}"),
            note=f"chosen on val: {fitted.choice}, val accuracy {fitted.accuracy:.3f}",
        )
        return replace(
            embedding,
            predicted=tuple(str(name) for name in predicted),
            known_classes=tuple(str(name) for name in fitted.model.classes_),
            cost=cost,
        )


@dataclass(frozen=True, slots=True)
class DiscriminantSystem:
    """Unit vectors of another system, mapped by shrinkage LDA.

    Learned on class and diagnosis of train and val (scikit-learn, `eigen`).
    """

    features: System

    def fingerprint(self) -> str:
        """Return features and shrinkage."""
        return f"{self.features.fingerprint()}+lda-{SHRINKAGE}"

    def embed(self, data: TaskData, tools: Tools) -> Embedding:
        """Return the mapped features; the class comes from the same map."""
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

        embedding = self.features.embed(data, tools)
        started = time.perf_counter()
        tools.progress(0, 0, "Learning a linear map")
        database = _unit(embedding.database_features)
        queries = _unit(embedding.query_features)
        labels = [fine_class(source) for source in embedding.database.sources]
        _require_two(labels)
        model = LinearDiscriminantAnalysis(solver="eigen", shrinkage=SHRINKAGE)
        try:
            model.fit(database, labels)
        except np.linalg.LinAlgError as error:
            raise DataError(
                "No linear map can be learned: the features hardly differ between "
                "images. Check the weights, or leave the row out."
            ) from error
        class_of = {
            fine_class(source): source.class_name
            for source in embedding.database.sources
        }
        mapped = np.asarray(model.transform(database), np.float32)
        extra = mapped.shape[1] * database.shape[1]
        cost = replace(
            embedding.cost,
            num_parameters=(embedding.cost.num_parameters or 0) + extra,
            train_seconds=round(time.perf_counter() - started, 1),
            note=f"{embedding.cost.note}; shrinkage LDA {SHRINKAGE} (scikit-learn) on "
            f"class and diagnosis of train and val",
        )
        return replace(
            embedding,
            database_features=mapped,
            query_features=np.asarray(model.transform(queries), np.float32),
            metric="cosine",
            predicted=tuple(class_of[str(name)] for name in model.predict(queries)),
            probabilities=None,
            known_classes=tuple(sorted(set(class_of.values()))),
            cost=cost,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """The classifier that was best on val."""

    model: Any
    """A scikit-learn pipeline."""
    choice: str
    accuracy: float
    seconds: float
    """Of all candidates."""
    size_mb: float


def fit_classifier(name: str, embedding: Embedding, tools: Tools) -> Fitted:
    """Fit every candidate on train and keep the one with the best accuracy on val.

    Without a val split the first candidate is taken.

    Raises
    ------
    DataError
        Train has one class only.
    Cancelled
    """
    from sklearn.exceptions import ConvergenceWarning

    sources = embedding.database.sources
    labels: Names = np.array([source.class_name for source in sources])
    splits: Names = np.array([source.split for source in sources])
    features = embedding.database_features
    is_train, is_val = splits == "train", splits == "val"
    _require_two(labels[is_train].tolist())
    started = time.perf_counter()
    best: tuple[float, str, Any] | None = None
    candidates = _candidates(name)
    if not is_val.any():
        candidates = candidates[:1]
    for number, (choice, model) in enumerate(candidates):
        tools.progress(number, len(candidates), f"Fitting {CLASSIFIERS[name]}")
        with warnings.catch_warnings():
            # A network that has not converged is judged on val like any other.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(features[is_train], labels[is_train])
        accuracy = float("nan")
        if is_val.any():
            accuracy = float(model.score(features[is_val], labels[is_val]))
        if best is None or accuracy > best[0]:
            best = accuracy, choice, model
    assert best is not None
    accuracy, choice, model = best
    seconds = round(time.perf_counter() - started, 1)
    return Fitted(model, choice, accuracy, seconds, _size_mb(model))


def _candidates(name: str) -> list[tuple[str, Any]]:
    from sklearn.ensemble import AdaBoostClassifier
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC
    from sklearn.tree import DecisionTreeClassifier

    def boosted(depth: int) -> Any:
        # Few features per cut: every feature of every tree would take an hour.
        tree = DecisionTreeClassifier(
            max_depth=depth, max_features="sqrt", random_state=_SEED
        )
        return AdaBoostClassifier(tree, n_estimators=200, random_state=_SEED)

    by_name: dict[str, list[tuple[str, Any]]] = {
        "svm": [(f"RBF kernel, C = {c:g}", SVC(C=c)) for c in (1.0, 10.0, 100.0)],
        "mlp": [
            (
                f"256 hidden units, alpha = {alpha:g}",
                MLPClassifier((256,), alpha=alpha, max_iter=100, random_state=_SEED),
            )
            for alpha in (1e-4, 1e-1)
        ],
        "tree": [
            (
                f"depth {depth or 'not limited'}",
                DecisionTreeClassifier(max_depth=depth, random_state=_SEED),
            )
            for depth in (10, 20, None)
        ],
        "adaboost": [
            (f"200 trees of depth {depth}", boosted(depth)) for depth in (4, 8)
        ],
    }
    return [
        (choice, make_pipeline(StandardScaler(), model))
        for choice, model in by_name[name]
    ]


def _size_mb(model: Any) -> float:
    import pickle

    return round(len(pickle.dumps(model)) / 1e6, 1)


def _require_two(labels: Sequence[str]) -> None:
    if len(set(labels)) < 2:
        raise DataError(
            "A classifier needs images of at least two classes in train. Check the "
            "manifest's classes and splits."
        )


def _unit(vectors: FloatArray) -> NDArray[np.float64]:
    exact = vectors.astype(np.float64)
    lengths = np.linalg.norm(exact, axis=1, keepdims=True)
    return np.asarray(exact / np.maximum(lengths, 1e-12), np.float64)
