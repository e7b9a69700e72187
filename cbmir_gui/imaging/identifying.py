"""Which elements of a data set may tell who the patient is.

After the Basic Application Level Confidentiality Profile (PS3.15 E.1), without what
only a database could resolve: dates of examinations and UIDs stay in sight, for they
are what this view is opened for.
"""

_FREE_TEXT_VRS = frozenset({"LT", "ST", "UT", "UC"})
_NAME_VR = "PN"
_TEXT_VRS = frozenset({"AE", "LO", "SH", "UR", "CS", "DA", "DT", "TM", "AS", "IS"})
_HARMLESS_FREE_TEXT = frozenset(
    {"CodeMeaning", "LongCodeValue", "DerivationDescription", "LUTExplanation"}
)

_KEYWORDS = """
    AccessionNumber ActualHumanPerformersSequence AdditionalPatientHistory
    AdmissionID AdmittingDiagnosesDescription Allergies AuthorObserverSequence
    BranchOfService ClinicalTrialProtocolEthicsCommitteeName ClinicalTrialSiteID
    ClinicalTrialSiteName ClinicalTrialSubjectID ClinicalTrialSubjectReadingID
    ConfidentialityConstraintOnPatientDataDescription CountryOfResidence
    CurrentPatientLocation CustodialOrganizationSequence DeviceSerialNumber
    DeviceUID EthnicGroup FillerOrderNumberImagingServiceRequest GantryID
    GeneratorID HumanPerformerOrganization ImageComments InstitutionAddress
    InstitutionCodeSequence InstitutionName InstitutionalDepartmentName
    InstitutionalDepartmentTypeCodeSequence InsurancePlanIdentification
    InterpretationDiagnosisDescription InterpretationID InterpretationText
    IssueDateOfImagingServiceRequest IssuerOfAccessionNumberSequence
    IssuerOfAdmissionID IssuerOfAdmissionIDSequence IssuerOfPatientID
    IssuerOfPatientIDQualifiersSequence IssuerOfServiceEpisodeID
    IssuerOfServiceEpisodeIDSequence LastMenstrualDate MAC MedicalAlerts
    MedicalRecordLocator MilitaryRank ModifiedAttributesSequence
    MostRecentTreatmentDate NamesOfIntendedRecipientsOfResults Occupation
    OrderCallbackPhoneNumber OrderCallbackTelecomInformation OrderEnteredBy
    OrderEntererLocation OriginalAttributesSequence OtherPatientIDs
    OtherPatientIDsSequence ParticipantSequence PatientAddress PatientAge
    PatientAlternativeCalendar PatientBirthDate
    PatientBirthDateInAlternativeCalendar PatientBirthTime PatientComments
    PatientDeathDateInAlternativeCalendar PatientID PatientInstitutionResidence
    PatientInsurancePlanCodeSequence PatientMotherBirthName PatientName
    PatientPrimaryLanguageCodeSequence PatientReligiousPreference PatientSize
    PatientState PatientTelecomInformation PatientTelephoneNumbers
    PatientTransportArrangements PatientWeight PerformedLocation
    PerformedStationAETitle PerformedStationName PersonAddress
    PersonIdentificationCodeSequence PersonTelecomInformation PersonTelephoneNumbers
    PlacerOrderNumberImagingServiceRequest PlateID PregnancyStatus
    ReferencedPatientAliasSequence ReferencedPatientPhotoSequence
    ReferencedPatientSequence ReferringPhysicianAddress
    ReferringPhysicianIdentificationSequence ReferringPhysicianTelephoneNumbers
    RegionOfResidence RequestedProcedureComments RequestedProcedureID
    RequestedProcedureLocation RequestingPhysicianIdentificationSequence
    RequestingService ResponsibleOrganization ResultsComments ResultsID
    ResultsIDIssuer ScheduledPatientInstitutionResidence
    ScheduledPerformingPhysicianIdentificationSequence ScheduledProcedureStepID
    ScheduledProcedureStepLocation ScheduledStationAETitle ScheduledStationName
    ScheduledStudyLocation ScheduledStudyLocationAETitle ServiceEpisodeDescription
    ServiceEpisodeID SmokingStatus SourceApplicationEntityTitle SpecialNeeds
    StationAETitle StationName StudyComments StudyID StudyIDIssuer TextComments
    TextString TopicAuthor TopicKeywords TopicSubject TopicTitle
    UniqueDeviceIdentifier UDISequence VerifyingObserverIdentificationCodeSequence
    VerifyingOrganization VisitComments
"""
IDENTIFYING = frozenset(_KEYWORDS.split())
"""Keywords (PS3.6); a sequence stands for everything in it."""


def is_identifying(keyword: str, vr: str, is_private: bool) -> bool:
    """Tell whether the value of an element may tell who the patient is.

    Names of persons always may, whatever the element; so may free text, and the words
    and numbers of private elements, whose meaning nobody else knows.
    """
    if vr == _NAME_VR or keyword in IDENTIFYING:
        return True
    if vr in _FREE_TEXT_VRS:
        return keyword not in _HARMLESS_FREE_TEXT
    return is_private and vr in _TEXT_VRS
