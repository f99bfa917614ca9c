"""Cases of tests/vectors/deidentify_cases.tsv: nesting, private attributes, the envelope, and what is not a plain image."""

import pathlib
import struct

import pydicom
import pytest
from deidentified import (SCRATCH, case, ct, deidentify, encoded, errors, everything_in, item, mapped_uid, of_class, one, phantom_study,
                          quarantined, refused, without_pixels)

from tests.phantom import files, people

pytestmark = pytest.mark.filterwarnings("ignore")
NAME = "VANDERMOLEN"
SCRATCH_FILE = pathlib.Path(SCRATCH.name) / "envelope.dcm"


def nest(levels, sequence="ProcedureCodeSequence"):
    inner = item(PatientName=people.OPERATOR, PatientID="MRN-7734-XQ", InstanceCreationDate="20230517", CodeValue="1")
    for _ in range(levels):
        inner = item(**{sequence: [inner], "OperatorsName": people.OPERATOR})
    return inner


@case("T26")
def test_t26_all_levels_are_processed_and_more_than_64_are_not_trusted():
    data = ct(ProcedureCodeSequence=[nest(11)])
    made = one(data)
    assert b"ZWEIGENBAUM" not in made.bytes and b"MRN-7734" not in made.bytes and b"20230517" not in made.bytes
    depth, at = 0, made.data
    while "ProcedureCodeSequence" in at:
        depth, at = depth + 1, at.ProcedureCodeSequence[0]
    assert depth == 12
    deep = one(ct(ProcedureCodeSequence=[nest(70)]))
    assert not deep.released and deep.code in (1, 3)


@case("T27")
def test_t27_no_private_element_remains():
    data = ct()
    data.add_new(0x00331055, "LO", "orphan")
    data.ProcedureCodeSequence = [item(CodeValue="1")]
    data.ProcedureCodeSequence[0].add_new(0x00190010, "LO", "GEMS_ACQU_01")
    data.ProcedureCodeSequence[0].add_new(0x00191023, "DS", "27.5")
    assert not [element for element in everything_in(one(data).data) if element.tag.is_private]


def with_block(data, start=0x10, creator="GEMS_ACQU_01"):
    data.add_new(0x00190000 | start, "LO", creator)
    data.add_new(0x00190000 | start << 8 | 0x23, "DS", "27.5")
    data.add_new(0x00190000 | start << 8 | 0x9E, "LO", "PHASE " + NAME)
    return data


def private_of(data, group):
    return {int(element.tag): element.value for element in data if element.tag.group == group}


@case("T28")
def test_t28_safe_private_attributes_stay_and_nothing_else_of_their_block():
    data = with_block(ct())
    data.add_new(0x20050010, "LO", "Philips MR Imaging DD 001")
    data.add_new(0x2005100E, "SQ", [item(PatientName=people.OPERATOR)])
    made = one(data, "retain_safe_private")
    assert private_of(made.data, 0x0019) == {0x00190010: "GEMS_ACQU_01", 0x00191023: 27.5}
    assert b"ZWEIGENBAUM" not in made.bytes and NAME.encode() not in made.bytes
    assert made.codes == ["113100", "113111"] and not private_of(made.data, 0x0009)


@case("T29")
def test_t29_a_moved_block_is_known_by_its_creator():
    moved = one(with_block(ct(), start=0x11), "retain_safe_private").data
    assert private_of(moved, 0x0019) == {0x00190011: "GEMS_ACQU_01", 0x00191123: 27.5}
    other = one(with_block(ct(), creator="SOMEBODY ELSE"), "retain_safe_private").data
    assert not private_of(other, 0x0019)


@case("T30")
def test_t30_a_sender_that_calls_its_block_safe_is_not_believed():
    data = ct()
    data.add_new(0x00190010, "LO", "PHANTOM WORKS HDR")
    data.add_new(0x00191001, "LO", "harmless")
    block = item(PrivateGroupReference=0x0019, PrivateCreatorReference="PHANTOM WORKS HDR",
                 BlockIdentifyingInformationStatus="SAFE")
    data.PrivateDataElementCharacteristicsSequence = [block]
    made = one(data, "retain_safe_private")
    assert not private_of(made.data, 0x0019) and b"harmless" not in made.bytes


def in_the_envelope(data):
    """A file with identifiers in its preamble and file meta."""
    path = SCRATCH_FILE
    files.write(path, data, phantom_study())
    return path.read_bytes()


@case("T45")
def test_t45_preamble_and_file_meta_are_made_from_nothing():
    source = in_the_envelope(ct())
    assert NAME.encode() in source[:128] and b"KATTEGAT_AE" in source[:600]
    made = one(source)
    assert made.data.preamble == bytes(128)
    allowed = {0x00020000, 0x00020001, 0x00020002, 0x00020003, 0x00020010, 0x00020012, 0x00020013}
    assert {int(element.tag) for element in made.data.file_meta} <= allowed


@case("T46")
def test_t46_padding_and_what_follows_it_are_gone():
    data = ct()
    data.add_new(0xFFFCFFFC, "OB", (NAME.encode() + b"\0").ljust(64, b"\0"))
    made = one(data)
    assert 0xFFFCFFFC not in made.data and NAME.encode() not in made.bytes
    assert made.bytes.endswith(made.data.PixelData)
    garbage = one(encoded(ct()) + b"TRAILING " + NAME.encode() + b" GARBAGE")
    assert not garbage.released or NAME.encode() not in garbage.bytes


@case("T47")
def test_t47_signatures_are_removed_at_every_level_and_counted():
    def signed(data):
        data.MACParametersSequence = [item(MACIDNumber=1, MACAlgorithm="SHA256")]
        data.DigitalSignaturesSequence = [item(MACIDNumber=1, DigitalSignatureUID="1.2.3", CertificateOfSigner=NAME.encode() * 2)]
        return data
    made = one(signed(ct(ProcedureCodeSequence=[signed(item(CodeValue="1"))])))
    assert not [element for element in everything_in(made.data) if element.tag in (0x4FFE0001, 0xFFFAFFFA)]
    assert made.counted("signatures_invalidated") == 4


@case("T48")
def test_t48_original_and_modified_attributes_are_removed():
    before = item(PatientName=people.OPERATOR, PatientID="MRN-7734-XQ")
    data = ct(OriginalAttributesSequence=[item(ModifiedAttributesSequence=[before], ModifyingSystem="PACS",
                                               NonconformingModifiedAttributesSequence=[item(PatientName=people.READING)])])
    data.ProcedureCodeSequence = [item(CodeValue="1", OriginalAttributesSequence=[item(ModifiedAttributesSequence=[before])])]
    made = one(data)
    assert not [element for element in everything_in(made.data) if element.tag.group == 0x0400]


def with_overlays(data, embedded):
    data.add_new(0x60000010, "US", 16)
    data.add_new(0x60000011, "US", 16)
    data.add_new(0x60000022, "LO", NAME)
    data.add_new(0x60000040, "CS", "G")
    data.add_new(0x60000050, "SS", [1, 1])
    data.add_new(0x60000100, "US", 1)
    data.add_new(0x60000102, "US", 0)
    data.add_new(0x60003000, "OW", b"\xAA" * 32)
    data.add_new(0x60004000, "LT", NAME)
    if embedded:
        data.add_new(0x60020100, "US", 16)
        data.add_new(0x60020102, "US", 12)
        words = [word | (at % 16) << 12 for at, (word,) in enumerate(struct.iter_unpack("<H", data.PixelData))]
        data.PixelData = struct.pack(f"<{len(words)}H", *words)
    return data


def values_of(data):
    return [word for word, in struct.iter_unpack("<H", data.PixelData)]


@case("T49")
def test_t49_overlays_go_and_none_stays_in_unused_bits():
    made = one(with_overlays(ct(), False))
    assert not [element for element in made.data if element.tag.group & 0xFF00 == 0x6000]
    assert made.data.PixelData == ct().PixelData
    hidden = with_overlays(ct(), True)
    # The profile alone may hold the image back instead.
    released = [made for made in (one(hidden), one(hidden, "clean_pixel_data")) if made.released]
    assert released
    for made in released:
        assert not [element for element in made.data if element.tag.group & 0xFF00 == 0x6000]
        assert values_of(made.data) == [word & 0x0FFF for word in values_of(hidden)]


@case("T50")
def test_t50_curves_are_removed_whole_groups():
    data = ct()
    for group in (0x5000, 0x501E):
        data.add_new(group << 16 | 0x0005, "US", 2)
        data.add_new(group << 16 | 0x0022, "LO", NAME)
        data.add_new(group << 16 | 0x3000, "OW", b"\1\2\3\4")
    assert not [element for element in one(data).data if element.tag.group & 0xFF00 == 0x5000]


@case("T51")
def test_t51_annotations_of_a_presentation_state_are_gone_or_clean():
    from test_deidentify_cases_table import presentation_state
    text = item(UnformattedTextValue=NAME + " 20230517", BoundingBoxAnnotationUnits="PIXEL", AnchorPoint=[1.0, 1.0],
                AnchorPointAnnotationUnits="PIXEL", AnchorPointVisibility="Y")
    data = presentation_state(GraphicAnnotationSequence=[item(GraphicLayer="LAYER1", TextObjectSequence=[text])],
                              GraphicLayerSequence=[item(GraphicLayer="LAYER1", GraphicLayerOrder=1, GraphicLayerDescription=NAME)])
    made = one(data, "clean_graphics")
    assert made.codes == ["113100", "113103"]
    layers = {one_of.GraphicLayer for one_of in made.data.get("GraphicLayerSequence", [])}
    assert {one_of.GraphicLayer for one_of in made.data.get("GraphicAnnotationSequence", [])} <= layers
    assert errors(made.path) <= errors(made.source)
    without = one(data)
    assert not without.released or ("113103" not in without.codes and NAME.encode() not in without.bytes)


@case("T52")
def test_t52_icons_are_removed_with_and_without_pixel_cleaning():
    icon = item(SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2", Rows=2, Columns=2, BitsAllocated=8, BitsStored=8,
                HighBit=7, PixelRepresentation=0)
    icon.add_new("PixelData", "OB", b"\1\2\3\4")
    for options in ("", "clean_pixel_data"):
        assert "IconImageSequence" not in one(ct(IconImageSequence=[icon]), options).data


@case("T55")
def test_t55_documents_and_video_are_held_back():
    for number, modality in ((".1", "DOC"), (".2", "DOC"), (".3", "M3D"), (".4", "M3D")):
        data = without_pixels(of_class("1.2.840.10008.5.1.4.1.1.104" + number, modality, DocumentTitle="Letter of " + NAME,
                                       BurnedInAnnotation="NO"))
        data.EncapsulatedDocument = b"%PDF " + NAME.encode() + b"\0"
        quarantined(one(data))
    for video in ("77.1.1.1", "77.1.2.1", "77.1.4.1"):
        quarantined(one(of_class("1.2.840.10008.5.1.4.1.1." + video, "ES")))
    # In an image the title is nothing that the table names.
    assert NAME.encode() not in one(ct(DocumentTitle="Letter of " + NAME)).bytes


@case("T65")
def test_t65_unknown_attributes_and_disguised_ones_are_removed():
    data = ct()
    data.add_new(0x00080FEE, "LO", "something")
    data.add_new(0x00181FF0, "UN", b"something else..")
    data.add_new(0x00180010, "UN", b"a contrast agent")
    made = one(data)
    assert not {0x00080FEE, 0x00181FF0} & {int(element.tag) for element in made.data}
    assert b"something" not in made.bytes and made.counted("removed") > 2


@case("T66")
def test_t66_private_sop_classes_are_held_back():
    for uid in ("1.2.840.113619.4.27", "1.3.12.2.1107.5.9.1", "1.2.840.10008.5.1.4.1.1.9999"):
        assert "private or unknown SOP class" in quarantined(one(of_class(uid, "CT")))


@case("T67")
def test_t67_directories_and_damage_are_rejected_and_a_bare_data_set_is_read_or_rejected():
    directory = of_class("1.2.840.10008.1.3.10", "CT")
    quarantined(one(directory))
    item_of_a_list = ct()
    del item_of_a_list.SOPInstanceUID
    made = one(item_of_a_list)
    assert not made.released and made.said
    assert refused(one(encoded(ct())[:-100]))
    bare = encoded(ct())[132 + 12 + struct.unpack("<I", encoded(ct())[140:144])[0]:]
    made = one(bare)
    assert made.released or made.code in (1, 3)


@case("T68")
def test_t68_the_uid_of_the_data_set_wins():
    data = ct()
    data.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4.5.6.7"
    made = one(data)
    assert made.data.SOPInstanceUID == made.data.file_meta.MediaStorageSOPInstanceUID == mapped_uid(data.SOPInstanceUID)
    assert mapped_uid("1.2.3.4.5.6.7").encode() not in made.bytes


def test_each_instance_of_a_study_is_judged_alone():
    made = deidentify(ct(), of_class("1.2.840.113619.4.27", "CT", SOPInstanceUID="1.2.3.9"))
    assert made[0].released and not made[1].released
    assert pydicom.dcmread(made[0].path).SOPClassUID == ct().SOPClassUID
