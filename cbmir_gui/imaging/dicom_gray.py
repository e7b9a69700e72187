"""Gray DICOM frames: which transforms a file names, and its levels through them."""

from dataclasses import dataclass

from cbmir_gui.core.errors import WindowNotFoundError
from cbmir_gui.core.records import GrayChoice, ImageArray
from cbmir_gui.imaging.dicom_file import DicomFile
from cbmir_gui.imaging.dicom_header import ImageHeader
from cbmir_gui.imaging.dicom_native import StoredArray
from cbmir_gui.imaging.grayscale import (
    Modality,
    read_modality,
    read_padding,
    shown_dark_on_light,
    to_levels,
    value_range,
)
from cbmir_gui.imaging.voi import (
    GrayLook,
    LookupTable,
    Values,
    Window,
    apply_range,
    apply_table,
    apply_window,
)
from cbmir_gui.imaging.voi_choices import VoiChoice, read_voi_choices

GRAY = frozenset({"MONOCHROME1", "MONOCHROME2"})


@dataclass(frozen=True, slots=True, eq=False)
class GrayDisplay:
    """Modality, VOI, then inversion where low values are white (PS3.4 N.2)."""

    modality: Modality
    voi_choices: tuple[VoiChoice, ...]
    padding: tuple[float, float] | None
    """Inclusive range of stored values that mean "no image here"."""
    low_is_white: bool
    read_dark_on_light: bool
    """Whatever the file says, it is read so."""

    @classmethod
    def read(cls, file: DicomFile, header: ImageHeader, index: int) -> "GrayDisplay":
        """Read what applies to frame `index` (from 0)."""
        ds, bits, little = file.ds, header.bits, file.little_endian
        modality = read_modality(ds, index, bits.signed, little)
        return cls(
            modality,
            read_voi_choices(ds, index, modality.highest(bits), little),
            read_padding(ds, bits),
            low_is_white=header.photometric == "MONOCHROME1",
            read_dark_on_light=shown_dark_on_light(ds),
        )

    @property
    def choices(self) -> tuple[GrayChoice, ...]:
        """The file's windows and LUTs, as they are told to others."""
        return tuple(choice.described for choice in self.voi_choices)

    def show(
        self, stored: StoredArray, look: GrayLook, as_stored: bool, name: str
    ) -> ImageArray:
        """Return (height, width) gray levels 0-255.

        Raises
        ------
        WindowNotFoundError
            The look names a window or LUT that the frame does not have.
        """
        voi = self._chosen(look, name)
        low = high = 0.0
        if voi is None:
            # Asked for, the whole range is shown; as a stand-in, that of the image.
            padding = None if look.minmax else self.padding
            low, high = value_range(stored, self.modality, padding)
        # A falling table of the file already shows them dark on light.
        falls = isinstance(voi, LookupTable) and voi.entries[0] > voi.entries[-1]
        inverted = self.low_is_white or (
            self.read_dark_on_light and not (as_stored or falls)
        )

        def to_display(values: Values) -> Values:
            values = self.modality.apply(values)
            if isinstance(voi, Window):
                display = apply_window(values, voi)
            elif isinstance(voi, LookupTable):
                display = apply_table(values, voi) / (2**voi.bits - 1)
            else:
                display = apply_range(values, low, high)
            return 1.0 - display if inverted else display

        return to_levels(stored, to_display)

    def _chosen(self, look: GrayLook, name: str) -> Window | LookupTable | None:
        if look.window is not None or look.minmax:
            return look.window
        number = max(look.number, 1)
        if number <= len(self.voi_choices):
            return self.voi_choices[number - 1].voi
        if look.number:
            raise WindowNotFoundError(name, look.number, len(self.voi_choices))
        return None
