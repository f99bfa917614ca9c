"""CT, MR, an enhanced multi-frame, and the screen shot that a scanner makes of its dose."""

import numpy
from pydicom.sequence import Sequence

from . import modules, people, pixels

CT = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"
MR = "1.2.840.10008.5.1.4.1.1.4"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"

THORAX = ("51185008", "SCT", "Chest")


def add_pixel_description(data_set, rows, columns, bits=16, stored=12):
    data_set.SamplesPerPixel = 1
    data_set.PhotometricInterpretation = "MONOCHROME2"
    data_set.Rows, data_set.Columns = rows, columns
    data_set.BitsAllocated, data_set.BitsStored, data_set.HighBit = bits, stored, stored - 1
    data_set.PixelRepresentation = 0


def add_plane(data_set, study, rows, number, thickness):
    data_set.FrameOfReferenceUID = study.uid_of("frame of reference")
    data_set.PositionReferenceIndicator = ""
    data_set.PixelSpacing = [f"{400 / rows:.6g}"] * 2
    data_set.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    data_set.ImagePositionPatient = ["-200", "-200", f"{number * thickness:.6g}"]
    data_set.SliceThickness = f"{thickness:.6g}"
    data_set.SliceLocation = f"{number * thickness:.6g}"


def add_acquisition(data_set, study):
    data_set.ImageComments = f"Scanned for {study.referring.split('^')[0]}, {people.INSTITUTION}"
    data_set.AcquisitionDate, data_set.AcquisitionTime = people.STUDY_DATE, "101622.5"
    data_set.AcquisitionNumber = 1
    data_set.PatientPosition = "HFS"
    data_set.BodyPartExamined = "CHEST"
    data_set.ProtocolName = "THORAX " + study.patient.name.split("^")[0]


def ct(study, series, number, body):
    data_set = modules.make(study, series, CT, number)
    data_set.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    add_acquisition(data_set, study)
    add_plane(data_set, study, body.shape[0], number, 1.25)
    data_set.KVP = "120"
    data_set.XRayTubeCurrent, data_set.ExposureTime, data_set.Exposure = 210, 500, 105
    data_set.ConvolutionKernel = "B30f"
    data_set.GantryDetectorTilt, data_set.TableHeight = "0", "151.5"
    data_set.RotationDirection = "CW"
    data_set.IrradiationEventUID = study.uid_of("irradiation event")
    data_set.RescaleIntercept, data_set.RescaleSlope, data_set.RescaleType = "-1024", "1", "HU"
    data_set.WindowCenter, data_set.WindowWidth = "40", "400"
    add_pixel_description(data_set, *body.shape)
    data_set.add_new("PixelData", "OW", body.slice(number).tobytes())
    return data_set


def mr(study, series, number, body):
    data_set = modules.make(study, series, MR, number)
    data_set.ImageType = ["ORIGINAL", "PRIMARY", "M", "NONE"]
    add_acquisition(data_set, study)
    add_plane(data_set, study, body.shape[0], number, 4.0)
    data_set.ScanningSequence, data_set.SequenceVariant = "SE", "NONE"
    data_set.ScanOptions = ""
    data_set.MRAcquisitionType = "2D"
    data_set.RepetitionTime, data_set.EchoTime, data_set.EchoTrainLength = "2500", "90", 1
    data_set.MagneticFieldStrength, data_set.FlipAngle = "1.5", "90"
    data_set.WindowCenter, data_set.WindowWidth = "500", "1000"
    add_pixel_description(data_set, *body.shape)
    data_set.add_new("PixelData", "OW", body.slice(number).tobytes())
    return data_set


def _shared_groups(rows):
    return modules.item(
        PixelMeasuresSequence=Sequence([modules.item(PixelSpacing=[f"{400 / rows:.6g}"] * 2, SliceThickness="1")]),
        PlaneOrientationSequence=Sequence([modules.item(ImageOrientationPatient=["1", "0", "0", "0", "1", "0"])]),
        FrameAnatomySequence=Sequence([modules.item(
            FrameLaterality="U", AnatomicRegionSequence=Sequence([modules.code(*THORAX)]))]),
        CTImageFrameTypeSequence=Sequence([modules.item(
            FrameType=["DERIVED", "PRIMARY", "VOLUME", "NONE"], PixelPresentation="MONOCHROME",
            VolumetricProperties="VOLUME", VolumeBasedCalculationTechnique="NONE")]),
        PixelValueTransformationSequence=Sequence([modules.item(
            RescaleIntercept="-1024", RescaleSlope="1", RescaleType="HU")]),
        FrameVOILUTSequence=Sequence([modules.item(WindowCenter="40", WindowWidth="400")]))


def _groups_of_frame(study, number):
    return modules.item(
        FrameContentSequence=Sequence([modules.item(
            StackID="1", InStackPositionNumber=number, DimensionIndexValues=[1, number],
            FrameComments=f"{people.OPERATOR.split('^')[0]} frame {number}")]),
        IrradiationEventIdentificationSequence=Sequence([modules.item(
            IrradiationEventUID=study.uid_of("irradiation event"))]),
        PlanePositionSequence=Sequence([modules.item(ImagePositionPatient=["-200", "-200", str(number)])]))


def enhanced_ct(study, series, number, shape, frames):
    """Without its pixels: those are written frame by frame (files.write_frames)."""
    data_set = modules.make(study, series, ENHANCED_CT, number)
    data_set.ImageType = ["DERIVED", "PRIMARY", "VOLUME", "NONE"]
    data_set.PixelPresentation, data_set.VolumetricProperties = "MONOCHROME", "VOLUME"
    data_set.VolumeBasedCalculationTechnique = "NONE"
    add_acquisition(data_set, study)
    data_set.AcquisitionDateTime = people.STUDY_DATE + people.STUDY_TIME
    data_set.FrameOfReferenceUID = study.uid_of("frame of reference")
    data_set.PositionReferenceIndicator = ""
    data_set.ContentQualification, data_set.LossyImageCompression = "RESEARCH", "00"
    data_set.BurnedInAnnotation, data_set.PresentationLUTShape = "NO", "IDENTITY"
    data_set.AcquisitionContextSequence = Sequence([])
    organization = study.uid_of("dimensions")
    data_set.DimensionOrganizationSequence = Sequence([modules.item(DimensionOrganizationUID=organization)])
    data_set.DimensionIndexSequence = Sequence([
        modules.item(DimensionOrganizationUID=organization, DimensionIndexPointer=tag, FunctionalGroupPointer=0x00209111)
        for tag in (0x00209056, 0x00209057)])
    data_set.NumberOfFrames = frames
    data_set.SharedFunctionalGroupsSequence = Sequence([_shared_groups(shape[0])])
    data_set.PerFrameFunctionalGroupsSequence = Sequence([_groups_of_frame(study, n + 1) for n in range(frames)])
    add_pixel_description(data_set, *shape)
    return data_set


def dose_screen(study, series, number):
    """The patient's name stands in the pixels: nothing in the header says so."""
    image = numpy.zeros((512, 512), numpy.uint8)
    image[60:64, 20:492] = 160
    patient = study.patient
    ascii_name = patient.name.split("=")[0].encode("ascii", "replace").decode()
    lines = [ascii_name[:30], patient.patient_id, "DOB " + patient.birth_date, people.INSTITUTION[:30],
             "CTDIVOL 7.91 MGY", "DLP 312.4 MGY-CM", "ACC " + patient.accession]
    for place, line in enumerate(lines):
        pixels.draw(image, line, 24 + 56 * place, 20)
    data_set = modules.make(study, series, SECONDARY_CAPTURE, number)
    data_set.ImageType = ["DERIVED", "SECONDARY", "SCREEN SAVE"]
    data_set.ConversionType = "WSD"
    data_set.DateOfSecondaryCapture, data_set.TimeOfSecondaryCapture = people.STUDY_DATE, "101900"
    add_pixel_description(data_set, 512, 512, 8, 8)
    data_set.PatientOrientation, data_set.Laterality = "", ""
    data_set.add_new("PixelData", "OB", image.tobytes())
    return data_set
