"""The elements of a DICOM file, shown and searched; read by others."""
