import numpy as np
from scipy.spatial.distance import cdist
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from cbmir_gui.evaluation.labels import Labels
from cbmir_gui.services.discriminant_map import map_by_discriminants
from cbmir_gui.services.feature_cache import CachedImages
from cbmir_gui.services.labelled_features import LabelledFeatures, Queries
from cbmir_gui.services.ranking import QuerySet


def test_a_class_and_a_diagnosis_are_not_taken_for_another_class() -> None:
    random = np.random.default_rng(0)
    features = random.normal(0, 1, (90, 6)).astype(np.float32)
    ids = [str(number) for number in range(90)]
    classes, diagnoses = ["a/b", "a", "c"] * 30, ["", "b", "b"] * 30
    labels = Labels(ids, classes, diagnoses, ids)
    queries = Queries(CachedImages((), (), ()), QuerySet(labels, features, None))
    _, database = map_by_discriminants(queries, LabelledFeatures(labels, features))
    # One direction less than there are labels.
    assert database.features.shape == (90, 2)


def test_the_map_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    codes = np.arange(120) % 4
    centres = random.normal(0, 2, (4, 12))
    features = (centres[codes] + random.normal(0, 1, (120, 12))).astype(np.float32)
    classes = ["a" if code < 2 else "b" for code in codes]
    diagnoses = [str(code) for code in codes]
    ids = [str(number) for number in range(120)]

    def labels(part: slice) -> Labels:
        return Labels(ids[part], classes[part], diagnoses[part], ids[part])

    known, asked = slice(0, 90), slice(90, 120)
    queries = Queries(
        CachedImages((), (), ()), QuerySet(labels(asked), features[asked], None)
    )
    mapped, database = map_by_discriminants(
        queries, LabelledFeatures(labels(known), features[known])
    )
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    model = LinearDiscriminantAnalysis(solver="eigen", shrinkage=0.05)
    model.fit(unit[known], codes[known])
    # The same up to turning the axes, and to what scikit-learn shrinks between the
    # classes: all distances agree.
    expected = cdist(model.transform(unit[asked]), model.transform(unit[known]))
    received = cdist(mapped.searched.features, database.features)
    assert np.allclose(received, expected, rtol=0.01, atol=0.05)
    assert mapped.searched.labels == queries.searched.labels
