#include "dicom/write.h"

#include <gtest/gtest.h>

#include "bytes_by_hand.h"

namespace dicom {
namespace {

using namespace by_hand;

std::string rewritten(const std::string& bytes) {
  const auto file = read(bytes);
  return file.ok() ? written(file.value(), bytes) : file.fault().what;
}

TEST(Writing, GivesBackTheBytesThatWereRead) {
  const auto name = brief(0x0010, 0x0010, "PN", "Doe^Jane");
  const std::string pixels(3 * 1024 * 1024 + 2, 'p');
  const auto explicit_file = part10(wide(0x0008, 0x1110, "SQ", item(name) + item("")) + name +
                                    wide(0x7FE0, 0x0010, "OW", pixels));
  EXPECT_EQ(rewritten(explicit_file), explicit_file);
  const auto implicit_file =
      part10(implicit(0x0008, 0x1110, item(implicit(0x0010, 0x0010, "Doe^Jane"))) +
                 implicit(0x7FE0, 0x0010, pixels),
             kImplicitVRLittleEndian);
  EXPECT_EQ(rewritten(implicit_file), implicit_file);
  const auto encapsulated =
      part10(wide(0x7FE0, 0x0010, "OB", item(u32(0)) + item("first ") + item(pixels) + kSequenceEnd,
                  kUndefined),
             "1.2.840.10008.1.2.4.80");
  EXPECT_EQ(rewritten(encapsulated), encapsulated);
  const auto big = part10(std::string("\x00\x08\x11\x10SQ\0\0\0\0\0\x12\xFF\xFE\xE0\x00\0\0\0\x0A"
                                      "\x00\x28\x00\x10US\x00\x02\x02\x00",
                                      30),
                          kExplicitVRBigEndian);
  EXPECT_EQ(rewritten(big), big);
}

TEST(Writing, DefinesLengthsThatWereUndefined) {
  const auto name = brief(0x0010, 0x0010, "PN", "Doe^Jane");
  EXPECT_EQ(
      rewritten(part10(wide(0x0008, 0x1110, "SQ", open_item(name) + kSequenceEnd, kUndefined))),
      part10(wide(0x0008, 0x1110, "SQ", item(name))));
}

TEST(Writing, WritesAnUnknownSequenceAsTheSequenceThatItIs) {
  const auto unknown = wide(0x0008, 0x1110, "UN", item(implicit(0x0010, 0x0010, "Doe^Jane")));
  const auto known = wide(0x0008, 0x1110, "SQ", item(brief(0x0010, 0x0010, "PN", "Doe^Jane")));
  EXPECT_EQ(rewritten(part10(unknown)), part10(known));
}

TEST(Writing, PutsAValueThatIsTooLongForItsVRIntoUN) {
  const std::string text(70'000, 'x');
  const auto inner = implicit(0x0008, 0x0104, text);  // LO
  const auto unknown = wide(0x0008, 0x1110, "UN", item(inner));
  EXPECT_EQ(rewritten(part10(unknown)),
            part10(wide(0x0008, 0x1110, "SQ", item(wide(0x0008, 0x0104, "UN", text)))));
}

TEST(Writing, PadsOddValues) {
  auto file = read(part10(brief(0x0008, 0x0060, "CS", "CT"))).value();
  file.elements[0].value = base::to_bytes(base::as_bytes("CTX"));
  file.elements.push_back({Tag{0x0020, 0x000D},
                           "UI",
                           Element::Shape::Value,
                           base::to_bytes(base::as_bytes("1.2")),
                           {},
                           {}});
  EXPECT_EQ(written(file, ""), part10(brief(0x0008, 0x0060, "CS", "CTX ") +
                                      brief(0x0020, 0x000D, "UI", std::string("1.2\0", 4))));
  EXPECT_EQ(written_size(file), written(file, "").size());
}

TEST(Writing, KnowsTheSizeBeforehand) {
  const auto name = brief(0x0010, 0x0010, "PN", "Doe^Jane");
  std::string sequence = name;
  for (int i = 0; i < 60; ++i) sequence = wide(0x0008, 0x1110, "SQ", item(sequence) + item(""));
  const auto bytes = part10(sequence);
  EXPECT_EQ(written_size(read(bytes).value()), bytes.size());
}

TEST(Writing, SaysWhoWroteTheFileAndWhoSentIt) {
  const FileMeta meta{"1.2.840.10008.5.1.4.1.1.7", "1.2.3", "1.2.840.10008.1.2.1", "CT01",
                      "COURIER"};
  const auto head = std::string(base::as_text(file_head(meta)));
  EXPECT_EQ(head.substr(0, 132), std::string(128, '\0') + "DICM");
  EXPECT_NE(head.find(brief(2, 0x16, "AE", "CT01")), std::string::npos);
  EXPECT_NE(head.find(brief(2, 0x18, "AE", "COURIER ")), std::string::npos);
  EXPECT_NE(head.find("DCMCOURIER"), std::string::npos);
  const auto file = read(head);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file.value().meta.source_ae_title, "CT01");
  EXPECT_EQ(file.value().meta.receiving_ae_title, "COURIER");
  EXPECT_EQ(head.find(brief(2, 0x16, "AE", "")), std::string::npos);
}

TEST(Writing, FailsWhereTheSourceOrTheSinkFails) {
  const auto bytes = part10(wide(0x7FE0, 0x0010, "OW", std::string(kInMemory + 2, 'p')));
  const auto file = read(bytes).value();
  MemorySink sink;
  EXPECT_FALSE(write_file(file, MemorySource(base::as_bytes(bytes.substr(0, 1000))), sink).ok());
  struct Full : Sink {
    base::Status write(base::ByteView) override { return base::retry_later("test", "disk full"); }
  } full;
  EXPECT_FALSE(write_file(file, MemorySource(base::as_bytes(bytes)), full).ok());
}

}  // namespace
}  // namespace dicom
