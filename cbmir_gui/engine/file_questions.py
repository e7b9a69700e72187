"""What the decoder can be asked about a file besides its pixels."""

from cbmir_gui.core.contents import FileDescription, MediumReferences
from cbmir_gui.core.patient_records import PatientData
from cbmir_gui.core.tags import TagTable
from cbmir_gui.engine.messages import DataclassInstance

FILE_QUESTIONS: dict[str, type[DataclassInstance]] = {
    "describe": FileDescription,
    "patient": PatientData,
    "references": MediumReferences,
    "tags": TagTable,
}
"""The record that answers each. All take ``path``; ``tags`` also takes
``show_patient_data``: with False, values that may name the patient stay there."""
