"""What a decoder makes of a file: the same without its patient."""

from pathlib import Path

from cbmir_gui.core.errors import DamagedImageError, EngineError
from cbmir_gui.engine.decoder_client import DecoderClient


def ask_deidentified(
    decoder: DecoderClient, path: Path, key: bytes
) -> tuple[bytes, str]:
    """Have a file rewritten without its patient; see `imaging.deidentify`.

    Parameters
    ----------
    key
        Secret of the export.

    Returns
    -------
    data, burned_in
        The new file, and what is known of text in its pixels.

    Raises
    ------
    ImageReadError, EngineError
        As `DecoderClient.decode`.
    """
    reply = decoder.send("deidentify", path, key=key.hex())
    try:
        (data,) = reply.blobs
    except ValueError as error:
        raise DamagedImageError(
            path.name, "the decoder made something of it that is not a file"
        ) from error
    burned_in = reply.payload.get("burned_in", "")
    if not isinstance(burned_in, str):
        raise EngineError("The decoder answered something else than was asked.")
    return data.tobytes(), burned_in
