import numpy as np

from cbmir_gui.evaluation.labels import Labels, Relevance


def labels(rows: list[tuple[str, str, str, str]]) -> Labels:
    return Labels(*(list(column) for column in zip(*rows, strict=True)))


QUERIES = labels(
    [
        ("q1", "brain", "glioma", "p1"),
        ("q2", "brain", "", ""),
        ("d3", "", "", ""),
    ]
)
DATABASE = labels(
    [
        ("d1", "brain", "glioma", "p1"),
        ("d2", "brain", "meningioma", "p2"),
        ("d3", "", "", ""),
        ("d4", "chest", "glioma", ""),
    ]
)
ALL = np.arange(3)


def test_relevant_means_the_same_class() -> None:
    relation = Relevance(QUERIES, DATABASE, "class").of(ALL)
    assert relation.relevant.astype(int).tolist() == [
        [1, 1, 0, 0],
        [1, 1, 0, 0],
        [0, 0, 0, 0],
    ]


def test_at_diagnosis_level_class_and_diagnosis_must_agree() -> None:
    relation = Relevance(QUERIES, DATABASE, "diagnosis").of(ALL)
    assert relation.relevant.astype(int).tolist() == [
        [1, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
    ]


def test_the_query_itself_and_its_group_are_excluded_but_no_unknown_group() -> None:
    relation = Relevance(QUERIES, DATABASE, "class").of(ALL)
    assert relation.excluded.astype(int).tolist() == [
        [1, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 1, 0],
    ]


def test_some_queries_can_be_asked_for() -> None:
    relation = Relevance(QUERIES, DATABASE, "class").of(np.array([2, 0]))
    assert relation.excluded.astype(int).tolist() == [[0, 0, 1, 0], [1, 0, 0, 0]]
