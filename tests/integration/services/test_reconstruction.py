"""Images rebuilt by the autoencoder that comes with the program."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from cbmir_gui.cli.main import run
from cbmir_gui.core.errors import FileAccessError, ModelError, ModelNotFoundError
from cbmir_gui.core.records import ImageInfo
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.imaging.raster import write_png
from cbmir_gui.services.reconstruction import Reconstruction, reconstruct_image
from cbmir_gui.sources.phantoms.kinds import make_phantom

MODEL = "autoencoder-m4"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """Write a generated MR image of a brain."""
    pixels = make_phantom("brain_mri", seed=3).pixels.astype(np.float32)
    shown = np.clip(pixels * (255 / np.percentile(pixels, 99.8)), 0, 255)
    path = tmp_path / "brain.png"
    write_png(path, shown.astype(np.uint8))
    return path


def test_an_autoencoder_rebuilds_what_it_sees(image: Path) -> None:
    with DecoderClient() as decoder:
        rebuilt = reconstruct_image(MODEL, image, decoder)
    assert rebuilt.seen.shape == rebuilt.rebuilt.shape == (224, 224, 3)
    blank = float(np.mean((rebuilt.seen / 255) ** 2))
    assert 0 < rebuilt.mean_squared_error < blank / 2
    shown = np.mean((rebuilt.seen / 255 - rebuilt.rebuilt / 255) ** 2)
    assert rebuilt.mean_squared_error == pytest.approx(shown, rel=0.05)


def test_the_difference_is_black_where_nothing_is_lost() -> None:
    seen = np.full((2, 2, 3), 100, np.uint8)
    rebuilt = seen.copy()
    rebuilt[0, 0] = (103, 91, 100)
    info = ImageInfo("0" * 64 + ":1", "a.png", 2, 2)
    pictures = Reconstruction(info, seen, rebuilt, 0.0)
    assert pictures.difference().tolist() == [[4, 0], [0, 0]]


def test_the_picture_shows_all_three(
    image: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = image.with_name("out.png")
    assert run(["models", "reconstruct", MODEL, str(image), str(out)]) == 0
    assert "mean squared error 0.0" in capsys.readouterr().out
    picture = cv2.imread(str(out))
    assert picture is not None
    assert picture.shape == (224, 224 + 8 + 224 + 8 + 224, 3)
    left, right = picture[:, :224].ravel(), picture[:, 232:456].ravel()
    assert picture[:, 464:].max() < 255
    assert np.corrcoef(left, right)[0, 1] > 0.5


def test_what_cannot_be_rebuilt_is_refused(image: Path) -> None:
    with DecoderClient() as decoder:
        with pytest.raises(ModelError, match="is a vgg16 and cannot rebuild"):
            reconstruct_image("vgg16-c18", image, decoder)
        with pytest.raises(ModelNotFoundError, match="'none'"):
            reconstruct_image("none", image, decoder)
        with pytest.raises(FileAccessError):
            reconstruct_image(MODEL, image.with_name("none.png"), decoder)
