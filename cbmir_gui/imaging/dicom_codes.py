"""Codes of a DICOM file, as far as they are codes: anything else may be a name.

People and archives write names, numbers and remarks into elements that are meant for
codes. What a library keeps and a window shows is therefore not what stands there, but
what of it is a term of the standard.
"""

import re

from pydicom.dataset import Dataset
from pydicom.uid import UID

from cbmir_gui.imaging.dicom_values import text


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MODALITIES = _words(
    """
    ANN AR ASMT AU BDUS BI BMD CD CF CFM CP CR CS CT DD DF DG DM DMS DOC DS DX EC ECG
    EEG EMG EOG EPS ES FA FID FS GM HC HD IO IOL IVOCT IVUS KER KO LEN LP LS MA MG MR MS
    NM OAM OCT OP OPM OPR OPT OPTBSV OPTENF OPV OSS OT PA PLAN POS PR PT PX REG RESP RF
    RG RTDOSE RTIMAGE RTINTENT RTPLAN RTRAD RTRECORD RTSEGANN RTSTRUCT RWV SC SEG SM
    SMR SR SRF ST STAIN TEXTUREMAP TG US VA VF XA XC
    """
)
"""Defined terms of Modality, and those once defined (PS3.3 C.7.3.1.1.1). SC never was
one, but files have it."""

_BODY_PARTS = _words(
    """
    ABDOMEN ABDOMINAL ABDOMENPELVIS ACJOINT ADRENAL ANKLE ANUS AORTA APPENDIX ARCH ARM
    ARTERY AXILLA BACK BILEDUCT BILIARY BLADDER BODY BONE BOWEL BRACHIAL BRAIN BREAST
    BREASTS BRONCHUS BUTTOCK CALCANEUS CALF CARDIAC CAROTID CEREBELLUM CERVIX CHEEK
    CHEST CHESTABDOMEN CHESTABDPELVIS CHOROID CIRCLE CLAVICLE COCCYX COLON CORNEA
    CORONARY CSPINE CTSPINE DUODENUM EAR ELBOW ENTIRE ESOPHAGUS EXTREMITY EYE EYELID
    EYES FACE FACIAL FEMORAL FEMUR FETAL FETUS FIBULA FINGER FINGERS FOOT FOREARM FUNDUS
    GALLBLADDER GLUTEAL GROIN HAND HANDS HEAD HEADNECK HEART HEPATIC HIP HIPS HUMERUS
    IAC ILEUM ILIAC ILIUM INTERNAL JAW JEJUNUM JOINT KIDNEY KIDNEYS KNEE KNEES LARYNX
    LEFT LEG LEGS LENS LIVER LOWER LSPINE LSSPINE LUMBAR LUNG LUNGS MANDIBLE MAXILLA
    MEDIASTINUM MOUTH NASAL NECK NECKCHEST NECKCHESTABDOMEN NECKCHESTABDPELV NOSE
    OPTIC ORBIT ORBITS OVARY PANCREAS PARATHYROID PAROTID PATELLA PELVIS PENIS PHANTOM
    PHARYNX PLACENTA PROSTATE PULMONARY RECTUM RENAL RETINA RIB RIBCAGE RIBS RIGHT
    SACRUM SCALP SCAPULA SCLERA SCROTUM SELLA SHOULDER SIJOINT SINUS SINUSES SKIN SKULL
    SPINE SPLEEN SSPINE STERNUM STOMACH SUBMANDIBULAR TEETH TEMPORAL TESTIS THALAMUS
    THIGH THORACIC THORAX THUMB THYMUS THYROID TIBIA TLSPINE TMJ TOE TOES TONGUE TOOTH
    TORSO TRACHEA TSPINE UPPER URETER URETHRA URINARY UTERUS VAGINA VEIN VERTEBRA VULVA
    WHOLE WHOLEBODY WRIST ZYGOMA
    LYMPH MARROW MUSCLE NERVE NODE NODES TENDON VESSEL BLOOD
    """
)
"""Words of BodyPartExamined (PS3.16 Annex L), and of those that scanners write."""
_SHORT_BODY_PARTS = frozenset({"AND", "C", "L", "OF", "S", "T"})
_SEPARATORS = re.compile(r"[\s_/,.+&^-]+")
_UID = re.compile(r"[0-9]+(\.[0-9]+)+")
_MAX_UID_LENGTH = 64


def modality(ds: Dataset) -> str:
    """Return Modality (0008,0060); empty if it is no term of the standard."""
    value = text(ds, "Modality").upper()
    return value if value in MODALITIES else ""


def body_part(ds: Dataset) -> str:
    """Return BodyPartExamined (0018,0015); empty unless it is parts of a body."""
    value = text(ds, "BodyPartExamined")
    words = [word.upper() for word in _SEPARATORS.split(value) if word]
    if not any(word in _BODY_PARTS for word in words):
        return ""
    known = _BODY_PARTS | _SHORT_BODY_PARTS
    return value if all(word in known for word in words) else ""


def uid(ds: Dataset, keyword: str) -> str:
    """Return a unique identifier; empty if it has not the form of one (PS3.5 9.1)."""
    value = text(ds, keyword)
    return value if len(value) <= _MAX_UID_LENGTH and _UID.fullmatch(value) else ""


def syntax_name(syntax: UID) -> str:
    """Return what a transfer syntax is called, or its UID; unknown if it is none."""
    is_uid = len(syntax) <= _MAX_UID_LENGTH and _UID.fullmatch(syntax)
    return syntax.name if is_uid else "unknown"
