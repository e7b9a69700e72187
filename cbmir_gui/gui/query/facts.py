"""What a file says about its image, in one line; nothing about the patient."""

from cbmir_gui.core.records import ImageInfo


def facts_line(info: ImageInfo) -> str:
    """Return modality, body part, format and size."""
    size = f"{info.width} × {info.height}"  # noqa: RUF001 - a multiplication sign
    parts = [info.modality, info.body_part.capitalize(), info.file_format, size]
    return " · ".join(part for part in parts if part)
