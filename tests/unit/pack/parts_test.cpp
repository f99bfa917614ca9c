// The parts of packing one by one: ZIP, deflate, measuring and searching, order, DICOMDIR.
#include <gmock/gmock.h>

#include <atomic>
#include <fstream>

#include "dicom/byte_order.h"
#include "pack/deflate.h"
#include "pack/directory.h"
#include "pack/measure.h"
#include "pack/ordered.h"
#include "pack/zip.h"
#include "study.h"

namespace {

using study::element;
using study::must;

std::string run(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  std::string text;
  for (int c; (c = fgetc(pipe)) != EOF;) text += static_cast<char>(c);
  pclose(pipe);
  return text;
}

// A file whose zeros are holes.
class SparseFile {
 public:
  SparseFile() : path_(testing::TempDir() + "/sparse" + std::to_string(getpid()) + ".zip") {
    out_.open(path_, std::ios::binary);
  }
  ~SparseFile() { remove(path_.c_str()); }
  base::Status write(base::ByteView bytes) {
    if (bytes.size() >= kPiece.size())
      out_.seekp(static_cast<std::streamoff>(bytes.size()), std::ios::cur);
    else
      out_.write(reinterpret_cast<const char*>(bytes.data()),
                 static_cast<std::streamsize>(bytes.size()));
    return base::Done{};
  }
  std::string python(const std::string& script) {
    out_.close();
    return run("/usr/bin/python3 -c \"import zipfile; z = zipfile.ZipFile('" + path_ + "'); " +
               script + "\"");
  }
  inline static const base::Bytes kPiece = base::Bytes(1u << 20);

 private:
  std::string path_;
  std::ofstream out_;
};

pack::ZipEntry stored(const std::string& name, const std::string& content) {
  return {name, pack::Method::Stored, pack::crc32(0, base::as_bytes(content)), content.size(),
          content.size()};
}

TEST(Zip, WithMoreEntriesThanSixteenBitsCountIsReadByOthers) {
  SparseFile file;
  pack::ZipWriter zip([&](base::ByteView bytes) { return file.write(bytes); });
  for (int i = 0; i < 70'000; ++i) {
    must(zip.begin(stored("F" + std::to_string(i), "x")));
    must(zip.give(base::as_bytes("x")));
  }
  must(zip.finish());
  EXPECT_EQ("70000 b'x'\n", file.python("print(len(z.infolist()), z.read('F69999'))"));
}

TEST(Zip, BeyondFourGigabytesIsReadByOthers) {
  SparseFile file;
  pack::ZipWriter zip([&](base::ByteView bytes) { return file.write(bytes); });
  const std::uint64_t five = 5ull << 30;
  must(zip.begin({"LARGE", pack::Method::Stored, 0, five, five}));
  for (std::uint64_t i = 0; i < five; i += SparseFile::kPiece.size())
    must(zip.give(SparseFile::kPiece));
  must(zip.begin(stored("AFTER", "all is well")));
  must(zip.give(base::as_bytes("all is well")));
  must(zip.finish());
  EXPECT_EQ("5368709120 5368709120 True b'all is well'\n",
            file.python("a, b = z.infolist(); print(a.file_size, a.compress_size, "
                        "b.header_offset > 5 << 30, z.read('AFTER'))"));
}

TEST(Zip, HasNoZip64FieldsWhereAllNumbersFit) {
  base::Bytes bytes;
  pack::ZipWriter zip([&](base::ByteView piece) -> base::Status {
    base::append(bytes, piece);
    return base::Done{};
  });
  must(zip.begin(stored("A", "a")));
  must(zip.give(base::as_bytes("a")));
  must(zip.finish());
  EXPECT_EQ(30u + 1 + 1 + 46 + 1 + 22, bytes.size());
}

TEST(Zip, TakesNoMoreForAnEntryThanItsHeaderSays) {
  pack::ZipWriter zip([](base::ByteView) -> base::Status { return base::Done{}; });
  must(zip.begin(stored("A", "a")));
  EXPECT_FALSE(zip.give(base::as_bytes("ab")).ok());
}

TEST(Deflate, IsLeftWhereItDoesNotSaveATenth) {
  base::Bytes random(100'000);
  seal::random_bytes(random);
  EXPECT_FALSE(pack::deflated(random));
  const auto shrunk = pack::deflated(base::Bytes(100'000, 7));
  ASSERT_TRUE(shrunk);
  EXPECT_LT(shrunk->size(), 1000u);
  EXPECT_FALSE(pack::deflated(base::Bytes((16u << 20) + 1, 7)));
  EXPECT_FALSE(pack::deflated({}));
}

TEST(Crc32, IsThatOfTheStandardAlsoInPieces) {
  EXPECT_EQ(0xCBF43926u, pack::crc32(0, base::as_bytes("123456789")));
  EXPECT_EQ(0xCBF43926u,
            pack::crc32(pack::crc32(0, base::as_bytes("1234")), base::as_bytes("56789")));
}

identity::Searcher searcher_for(const char* text) {
  identity::Identifiers identifiers({{identity::Kind::Name, text}});
  return must(identity::Searcher::create(identifiers));
}

TEST(Measure, FindsAnIdentifierThatTwoWritesShare) {
  const auto searcher = searcher_for("vandermolen");
  pack::Measure sink(&searcher, {}, 30, false);
  must(sink.write(base::as_bytes(" the name is VANDER")));
  auto status = sink.write(base::as_bytes("MOLEN today"));
  if (status.ok()) status = sink.finish();
  EXPECT_FALSE(status.ok());
}

TEST(Measure, FindsAnIdentifierAtTheVeryEnd) {
  const auto searcher = searcher_for("vandermolen");
  pack::Measure sink(&searcher, {}, 12, false);
  auto status = sink.write(base::as_bytes(" vandermolen"));
  if (status.ok()) status = sink.finish();
  EXPECT_FALSE(status.ok());
}

TEST(Measure, LooksInPixelDataForLongFormsOnly) {
  const auto searcher = searcher_for("molen");
  const std::string text = " molen molen molen ";
  pack::Measure pixels(&searcher, {0, text.size()}, text.size(), false);
  must(pixels.write(base::as_bytes(text)));
  EXPECT_TRUE(pixels.finish().ok());
  pack::Measure behind(&searcher, {0, 6}, text.size(), false);
  auto status = behind.write(base::as_bytes(text));
  if (status.ok()) status = behind.finish();
  EXPECT_FALSE(status.ok());
}

TEST(Measure, HoldsWhoWritesToTheLengthThatWasAnnounced) {
  pack::Measure less(nullptr, {}, 3, false);
  must(less.write(base::as_bytes("ab")));
  EXPECT_FALSE(less.finish().ok());
  pack::Measure more(nullptr, {}, 1, false);
  EXPECT_FALSE(more.write(base::as_bytes("ab")).ok());
}

TEST(PixelZone, IsWhereTheWrittenFileHasItsPixels) {
  auto file = study::image(1, base::Bytes(10, 0xEE));
  file.elements.push_back(element({0xFFFC, 0xFFFC}, "OB", "zz"));
  const auto whole = study::written(file);
  const auto zone = pack::pixel_zone(file);
  ASSERT_EQ(10u, zone.end - zone.begin);
  EXPECT_EQ(base::Bytes(10, 0xEE), base::to_bytes(base::ByteView(whole).subspan(zone.begin, 10)));
  EXPECT_EQ(whole, study::written(file)) << "the file is put back";
}

TEST(Ordered, GivesResultsBackInTheOrderOfTheWork) {
  pack::Ordered<int, int> doubling(2, [](int n) {
    std::this_thread::sleep_for(std::chrono::milliseconds(n % 3));
    return 2 * n;
  });
  for (int i = 0; i < 30; ++i) doubling.give(i);
  for (int i = 0; i < 30; ++i) EXPECT_EQ(2 * i, doubling.take());
}

TEST(Ordered, DropsWhatWasNotBegunWhenItGoes) {
  std::atomic<int> done = 0;
  {
    pack::Ordered<int, int> slow(1, [&](int n) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ++done;
      return n;
    });
    for (int i = 0; i < 50; ++i) slow.give(i);
  }
  EXPECT_LT(done, 50);
}

TEST(RecordType, FollowsTheTableOfTheStandard) {
  const std::string storage = "1.2.840.10008.5.1.4.1.1.";
  EXPECT_EQ("IMAGE", pack::record_type_of(storage + "2", true));
  EXPECT_EQ("IMAGE", pack::record_type_of(storage + "481.1", true));
  EXPECT_EQ("SR DOCUMENT", pack::record_type_of(storage + "88.67", false));
  EXPECT_EQ("KEY OBJECT DOC", pack::record_type_of(storage + "88.59", false));
  EXPECT_EQ("PRESENTATION", pack::record_type_of(storage + "11.1", false));
  EXPECT_EQ("ENCAP DOC", pack::record_type_of(storage + "104.1", false));
  EXPECT_EQ("RT PLAN", pack::record_type_of(storage + "481.5", false));
  EXPECT_EQ("PRIVATE", pack::record_type_of("1.3.46.670589.11.0.0.12.1", false));
  EXPECT_EQ("IMAGE", pack::record_type_of("1.3.46.670589.11.0.0.12.1", true));
}

TEST(Head, IsRefusedWithoutTheUIDsThatPlaceTheInstance) {
  for (const dicom::Tag tag : {dicom::Tag{0x0020, 0x000D}, dicom::Tag{0x0020, 0x000E},
                               dicom::Tag{0x0008, 0x0018}, dicom::Tag{0x0008, 0x0016}}) {
    auto file = study::image(1, {});
    std::erase_if(file.elements, [&](const auto& element) { return element.tag == tag; });
    EXPECT_FALSE(pack::head_of(file).ok()) << dicom::to_string(tag);
  }
  EXPECT_TRUE(pack::head_of(study::image(1, {})).ok());
}

TEST(Head, OfAVerifiedReportSaysWhenItWasVerifiedLast) {
  auto file = study::image(1, {}, "1.2.840.10008.5.1.4.1.1.88.11");
  dicom::Element observers;
  observers.tag = {0x0040, 0xA073};
  observers.vr = "SQ";
  observers.shape = dicom::Element::Shape::Sequence;
  for (const char* when : {"20230101", "20230303", "20230202"})
    observers.items.push_back({{element({0x0040, 0xA030}, "DT", when)}});
  const auto pixels = file.elements.end() - 1;
  file.elements.insert(pixels, {observers, element({0x0040, 0xA493}, "CS", "VERIFIED")});
  const auto verified = must(pack::head_of(file));
  EXPECT_EQ("20230303", dicom::text_of(verified.instance, {0x0040, 0xA030}));
  *dicom::find(file.elements, {0x0040, 0xA493}) = element({0x0040, 0xA493}, "CS", "UNVERIFIED");
  const auto unverified = must(pack::head_of(file));
  EXPECT_EQ(nullptr, dicom::find(unverified.instance, {0x0040, 0xA030}));
}

TEST(Uid, IsTheNumberOfItsBytesAsARandomUuid) {
  std::array<std::uint8_t, 16> bytes{};
  EXPECT_EQ("2.25.302240678275694148452352", pack::uid_of(bytes));
  bytes.fill(0xFF);
  EXPECT_EQ("2.25.340282366920937632322261936355783213055", pack::uid_of(bytes));
}

pack::FileSet two_studies() {
  pack::FileSet files;
  for (const char* study : {"1.2.3.1", "1.2.3.5"})
    for (const char* series : {"1", "2"})
      for (int i = 1; i <= 2; ++i) {
        auto file = study::image(i, {}, study::kCT, (std::string(study) + "." + series).c_str());
        *dicom::find(file.elements, {0x0020, 0x000D}) = element({0x0020, 0x000D}, "UI", study);
        must(files.add(must(pack::head_of(file))));
      }
  return files;
}

std::uint32_t number(const dicom::Item& record, std::uint16_t tag) {
  return dicom::read_u32(dicom::find(record.elements, {0x0004, tag})->value.data(), false);
}

TEST(Directory, PointsAtItsRecordsByTheirPlacesInTheFile) {
  const auto bytes = must(pack::write_directory(two_studies(), {}));
  const auto file = must(dicom::read_file(dicom::MemorySource(bytes)));
  const auto& records = dicom::find(file.elements, {0x0004, 0x1220})->items;
  ASSERT_EQ(1u + 2 + 4 + 8, records.size());
  // Where each item begins, found by walking the bytes.
  const auto first =
      dicom::read_u32(dicom::find(file.elements, {0x0004, 0x1200})->value.data(), false);
  std::map<std::uint32_t, std::string> type_at;
  std::uint32_t at = first;
  for (const auto& record : records) {
    ASSERT_EQ(0xE000FFFEu, dicom::read_u32(bytes.data() + at, false));
    type_at[at] = dicom::text_of(record.elements, {0x0004, 0x1430});
    at += 8 + dicom::read_u32(bytes.data() + at + 4, false);
  }
  EXPECT_EQ(bytes.size(), at);
  std::map<std::string, int> reached;
  const std::map<std::string, std::string> below = {
      {"PATIENT", "STUDY"}, {"STUDY", "SERIES"}, {"SERIES", "IMAGE"}};
  for (const auto& record : records) {
    const auto type = dicom::text_of(record.elements, {0x0004, 0x1430});
    if (const auto next = number(record, 0x1400)) {
      EXPECT_EQ(type, type_at.at(next));
      ++reached[type];
    }
    if (const auto lower = number(record, 0x1420)) {
      EXPECT_EQ(below.at(type), type_at.at(lower));
      ++reached[type_at.at(lower)];
    }
  }
  EXPECT_EQ((std::map<std::string, int>{{"STUDY", 2}, {"SERIES", 4}, {"IMAGE", 8}}), reached);
}

TEST(Directory, IsTheSameForTheSameFileSet) {
  EXPECT_EQ(must(pack::write_directory(two_studies(), {})),
            must(pack::write_directory(two_studies(), {})));
}

}  // namespace
