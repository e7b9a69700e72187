"""How good a figure can be at all where classes are small."""

from collections.abc import Mapping, Sequence

from cbmir_gui.services.compare.measuring import Document


def ceilings_of(rows: Sequence[Document], names: Sequence[str]) -> dict[str, float]:
    """Return the highest possible macro figures of a task, by name.

    Parameters
    ----------
    rows
        Of one task, with figures. They share database and queries, and so the
        ceilings, but for images that a system could not read: the highest counts.
    names
        Figures that a small class may limit; those that it does not are left out.
    """
    known = {
        name: [value for row in rows if (value := row["ceilings"].get(name))]
        for name in names
    }
    return {name: max(values) for name, values in known.items() if values}


def ceilings_text(rows: Sequence[Document], titles: Mapping[str, str]) -> str:
    """Return one line of ceilings.

    Parameters
    ----------
    rows
        As in `ceilings_of`.
    titles
        What figures are called, by their names.
    """
    ceilings = ceilings_of(rows, list(titles))
    in_order = sorted(ceilings, key=_by_rank)
    figures = ", ".join(f"{titles[name]} {ceilings[name]:.3f}" for name in in_order)
    return f"Highest possible macro figures with these classes: {figures}."


def _by_rank(name: str) -> tuple[str, str]:
    kind, _, rank = name.rpartition("_")
    return kind, rank.zfill(9)
