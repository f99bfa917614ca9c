#include "verify/verify.h"

#include <gmock/gmock.h>

#include "bundle_by_hand.h"

namespace {

using by_hand::bytes_of;
using by_hand::image;
using testing::HasSubstr;

by_hand::Bundle good() {
  by_hand::Bundle bundle;
  bundle.add(1, image(1, base::Bytes(3000, 1)));
  bundle.add(2, image(2, base::Bytes(200'000, 2)));
  bundle.files[1].deflate = true;
  return bundle;
}

// Expects a refusal whose reason has `words`, and nothing that a share could carry.
void expect_refused(by_hand::Bundle& bundle, const char* words) {
  const auto reply = bundle.verified();
  EXPECT_FALSE(reply.clean);
  EXPECT_THAT(reply.reason, HasSubstr(words));
  EXPECT_TRUE(reply.package.sums.empty());
}

TEST(Verify, ReturnsTheDigestsThatTheShareWillCarry) {
  auto bundle = good();
  base::Bytes sums;
  std::uint64_t stored_size = 0;
  bundle.job = [&](jobs::VerifyJob& job) {
    base::Bytes stored(job.package.sealed_length);
    by_hand::must(disk::read_exact_at(job.package.file.get(), stored, 0));
    for (std::size_t at = 0; at < stored.size(); at += 1 << 20)
      base::append(sums, seal::sha256(base::ByteView(stored).subspan(
                             at, std::min<std::size_t>(1 << 20, stored.size() - at))));
    stored_size = stored.size();
  };
  const auto reply = bundle.verified();
  ASSERT_TRUE(reply.clean) << reply.reason;
  EXPECT_EQ(sums, reply.package.sums);
  EXPECT_EQ(seal::sha256(sums), reply.package.sums_sha256);
  EXPECT_EQ(seal::sha256(bundle.zip), reply.package.sha256);
  EXPECT_FALSE(reply.index.sums.empty());
  EXPECT_GT(stored_size, bundle.zip.size());
}

TEST(Verify, SearchesTheDirectoryValueByValueToo) {
  for (const char* description : {"Li", "4711"}) {
    auto bundle = good();
    bundle.identifiers =
        identity::Identifiers({{identity::Kind::Name, "li"},
                               {identity::Kind::Id, "4711"}});  // found as whole values alone
    bundle.directory = by_hand::image(0, {}, description);
    expect_refused(bundle, "an identifier of the study");
  }
  auto bundle = good();
  bundle.directory = bytes_of("no DICOM");
  EXPECT_FALSE(bundle.verified().clean);
}

// What is still searched when another file is refused must not look at what is gone.
TEST(Verify, RefusesAtOnceWhileOtherFilesAreSearched) {
  for (int i = 0; i < 20; ++i) {
    by_hand::Bundle bundle;
    for (int number = 1; number < 6; ++number) {
      bundle.add(number, image(number, base::Bytes(1'000'000, 1)));
      bundle.files.back().deflate = true;
    }
    bundle.files.back().header = [](bundle::ZipEntry& entry) { entry.crc ^= 1; };
    expect_refused(bundle, "CRC-32");
  }
}

TEST(Verify, ReadsABundleOfManySegmentsAndFilesThatAreStreamed) {
  by_hand::Bundle bundle;
  base::Bytes large(18u << 20);
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<std::uint8_t>(i >> 12);
  bundle.add(1, image(1, base::Bytes(700'001, 1)));
  bundle.add(2, image(2, large));
  bundle.add(3, image(3, base::Bytes(5'000'000, 1)));
  bundle.files[2].deflate = true;
  const auto reply = bundle.verified();
  ASSERT_TRUE(reply.clean) << reply.reason;
  EXPECT_EQ(seal::sha256(bundle.zip), reply.package.sha256);
}

TEST(Verify, AcceptsABundleThatIsNotPaddedWhereNonePromisedIt) {
  auto bundle = good();
  bundle.padded = false;
  const auto reply = bundle.verified();
  EXPECT_TRUE(reply.clean) << reply.reason;
}

TEST(Verify, SearchesNothingInAnIdentifiedBundle) {
  auto bundle = good();
  bundle.deidentified = false;
  bundle.files[0].content = image(1, base::Bytes(10, 1), "VANDERMOLEN");
  EXPECT_TRUE(bundle.verified().clean);
}

TEST(VerifySeal, RefusesAnotherKey) {
  auto bundle = good();
  bundle.job = [](auto& job) { job.package.segment_key = seal::random_secret(32); };
  expect_refused(bundle, "");
}

TEST(VerifySeal, RefusesAChangedStoredByte) {
  auto bundle = good();
  bundle.job = [](auto& job) {
    const std::uint8_t other = 0x77;
    by_hand::must(disk::write_all_at(job.package.file.get(), {&other, 1}, 1000));
  };
  expect_refused(bundle, "");
}

TEST(VerifySeal, RefusesLengthsThatAreNotAsClaimed) {
  auto bundle = good();
  bundle.job = [](auto& job) { job.package.sealed_length += 1; };
  expect_refused(bundle, "another length");
  auto shorter = good();
  shorter.job = [](auto& job) { job.package.length -= 1; };
  expect_refused(shorter, "");
  auto longer = good();
  longer.job = [](auto& job) { job.package.length += 100'000; };
  expect_refused(longer, "shorter than claimed");
  auto none = good();
  none.job = [](auto& job) { job.index.length = 0; };
  expect_refused(none, "without content");
}

TEST(VerifySeal, RefusesPaddingThatIsNotZero) {
  auto bundle = good();
  bundle.padding = [](auto& content) { content.back() = 1; };
  expect_refused(bundle, "padding");
}

TEST(VerifySeal, RefusesPaddingOfAnotherLength) {
  auto bundle = good();
  bundle.padding = [](auto& content) { content.resize(content.size() + 4096); };
  expect_refused(bundle, "not padded");
}

TEST(VerifyZip, RefusesBytesBetweenEntries) {
  auto bundle = good();
  bundle.files[0].gap = bytes_of("hidden");
  expect_refused(bundle, "");
}

TEST(VerifyZip, RefusesBytesBetweenTheLastEntryAndTheDirectory) {
  auto bundle = good();
  bundle.central = [](auto& central) { central.insert(central.begin(), 3, 0); };
  expect_refused(bundle, "central directory");
}

TEST(VerifyZip, RefusesBytesBehindTheEnd) {
  auto bundle = good();
  bundle.central = [](auto& central) { base::append(central, bytes_of("hidden")); };
  expect_refused(bundle, "behind the end");
}

TEST(VerifyZip, RefusesACentralDirectoryThatSaysSomethingElse) {
  for (const std::size_t at : {4u, 10u, 16u, 20u, 24u, 38u, 42u, 46u}) {
    auto bundle = good();
    bundle.central = [&](auto& central) { central[at] ^= 1; };
    expect_refused(bundle, "central directory");
  }
}

TEST(VerifyZip, RefusesACommentAtItsEnd) {
  auto bundle = good();
  bundle.central = [](auto& central) {
    central[central.size() - 2] = 6;
    base::append(central, bytes_of("hidden"));
  };
  expect_refused(bundle, "central directory");
}

TEST(VerifyZip, RefusesAWrongCrc) {
  auto bundle = good();
  bundle.files[0].header = [](auto& entry) { entry.crc ^= 1; };
  expect_refused(bundle, "CRC-32");
}

TEST(VerifyZip, RefusesBytesBehindADeflatedStream) {
  auto bundle = good();
  bundle.files[1].behind_deflated = bytes_of("hidden");
  expect_refused(bundle, "behind deflated ones");
}

TEST(VerifyZip, RefusesADeflatedFileOfAnotherSize) {
  auto bundle = good();
  bundle.files[1].header = [](auto& entry) { entry.size += 1; };
  expect_refused(bundle, "inflate");
}

TEST(VerifyZip, RefusesADeflatedFileThatARecipientCouldNotHold) {
  auto bundle = good();
  bundle.files[1].header = [](auto& entry) { entry.size = 1ull << 40; };
  expect_refused(bundle, "too large");
}

TEST(VerifyZip, RefusesStoredFilesOfTwoSizes) {
  auto bundle = good();
  bundle.files[0].header = [](auto& entry) { entry.size += 1; };
  expect_refused(bundle, "two sizes");
}

TEST(VerifyZip, RefusesAnEntryThatGoesBeyondThePackage) {
  auto bundle = good();
  bundle.files[0].header = [](auto& entry) { entry.size = entry.stored = 1ull << 40; };
  expect_refused(bundle, "longer than the package");
}

TEST(VerifyZip, RefusesNamesThatAPackageDoesNotHave) {
  for (const char* name : {"DICOM/ST000001/SE000001/IM000001.EXE", "../../etc/passwd",
                           "AUTORUN.INF", "README.TXT", "DICOMDIR"}) {
    auto bundle = good();
    bundle.files[0].name = name;
    bundle.index = [](auto& index) { index.series[0].instances[0].entry.file = "X"; };
    expect_refused(bundle, "");
  }
}

TEST(VerifyZip, RefusesAFileTwice) {
  auto bundle = good();
  bundle.files[1].name = bundle.files[0].name;
  bundle.index = [](auto& index) { index.series[0].instances[0].entry.file = "X"; };
  expect_refused(bundle, "twice");
}

TEST(VerifyZip, RefusesMoreOrFewerInstancesThanTheJobSays) {
  auto bundle = good();
  bundle.claimed_instances = 1;
  expect_refused(bundle, "number of instances");
  auto fewer = good();
  fewer.claimed_instances = 3;
  expect_refused(fewer, "number of instances");
}

TEST(VerifyManifest, RefusesALineThatIsMissingWrongOrTooMuch) {
  auto missing = good();
  missing.manifest = [](auto& text) { text.erase(0, text.find('\n') + 1); };
  expect_refused(missing, "manifest");
  auto wrong = good();
  wrong.manifest = [](auto& text) { text[3] = text[3] == 'a' ? 'b' : 'a'; };
  expect_refused(wrong, "manifest");
  auto more = good();
  more.manifest = [](auto& text) { text += "# hidden\n"; };
  expect_refused(more, "manifest");
  auto cut = good();
  cut.manifest = [](auto& text) { text.pop_back(); };
  expect_refused(cut, "manifest");
}

TEST(VerifyScan, FindsAnIdentifierInAHeader) {
  auto bundle = good();
  bundle.files[0].content = image(1, base::Bytes(10, 1), "for Vandermolen");
  expect_refused(bundle, "an identifier of the study");
}

TEST(VerifyScan, FindsAnIdentifierInADeflatedFile) {
  auto bundle = good();
  bundle.files[1].content = image(2, base::Bytes(200'000, 1), "VANDERMOLEN");
  expect_refused(bundle, "an identifier of the study");
}

TEST(VerifyScan, FindsAnIdentifierInThePreamble) {
  auto bundle = good();
  const auto name = bytes_of(" VANDERMOLEN ");
  std::copy(name.begin(), name.end(), bundle.files[0].content.begin() + 20);
  expect_refused(bundle, "a header");
}

TEST(VerifyScan, FindsALongIdentifierInPixelsAndNoShortOne) {
  auto bundle = good();
  auto pixels = base::Bytes(3000, 0);
  const auto name = bytes_of(" VANDERMOLEN ");
  std::copy(name.begin(), name.end(), pixels.begin() + 1500);
  bundle.files[0].content = image(1, pixels);
  expect_refused(bundle, "pixel data");
  auto clean = good();
  clean.files[0].content = image(1, pixels);
  clean.identifiers = identity::Identifiers({{identity::Kind::Name, "molen"}});
  EXPECT_TRUE(clean.verified().clean);
}

TEST(VerifyScan, FindsAnIdentifierAcrossTheSegmentsOfAStreamedFile) {
  by_hand::Bundle bundle;
  auto pixels = base::Bytes(18u << 20, 0);
  bundle.add(1, image(1, pixels));
  const std::size_t before = bundle.files[0].content.size() - pixels.size();
  const std::size_t header = 30 + bundle.files[0].name.size();
  const auto name = bytes_of(" VANDERMOLEN ");
  // The first segment's plaintext ends here.
  const std::size_t seam = (1u << 20) - 40 - 16 - header - before;
  std::copy(name.begin(), name.end(), pixels.begin() + static_cast<std::ptrdiff_t>(seam) - 6);
  bundle.files[0].content = image(1, pixels);
  expect_refused(bundle, "pixel data");
}

TEST(VerifyScan, FindsAnIdentifierInTheDirectory) {
  auto bundle = good();
  bundle.directory = image(0, bytes_of("PATIENT VANDERMOLEN "));
  expect_refused(bundle, "an identifier of the study");
}

TEST(VerifyScan, FindsAShortIdentifierAsAWholeValue) {
  auto bundle = good();
  bundle.identifiers = identity::Identifiers({{identity::Kind::Id, "x7q"}});
  bundle.files[0].content = image(1, base::Bytes(10, 1), "X7Q");
  expect_refused(bundle, "a text value");
}

TEST(VerifyScan, RefusesAnInstanceThatCannotBeRead) {
  auto bundle = good();
  bundle.files[0].content = bytes_of("no DICOM at all");
  expect_refused(bundle, "not a DICOM file");
}

TEST(VerifyReadme, MayNameTheHospitalButNobodyElse) {
  auto bundle = good();
  bundle.readme = bundle::write_readme("Vandermolen", "");
  expect_refused(bundle, "README");
  auto changed = good();
  changed.readme += "PS";
  expect_refused(changed, "README");
}

TEST(VerifyIndex, RefusesAnIndexOfSomethingElse) {
  const std::function<void(share::Index&)> changes[] = {
      [](auto& index) { index.series[0].instances[0].entry.offset -= 1; },
      [](auto& index) { index.series[0].instances[1].entry.stored -= 1; },
      [](auto& index) { index.series[0].instances[1].entry.size += 1; },
      [](auto& index) { index.series[0].instances[0].entry.sha256[0] ^= 1; },
      [](auto& index) { index.series[0].instances[0].entry.file = "DICOM/X"; },
      [](auto& index) { index.series[0].instances.pop_back(); },
      [](auto& index) { index.others.pop_back(); }};
  for (const auto& change : changes) {
    auto bundle = good();
    bundle.index = change;
    expect_refused(bundle, "not that of the package");
  }
}

TEST(VerifyIndex, RefusesOneThatIsNotDeflatedAsItSays) {
  const std::pair<std::function<void(base::Bytes&)>, const char*> changes[] = {
      {[](auto& content) { content.resize(3); }, "without its length"},
      {[](auto& content) { content.resize(4); }, "do not inflate"},
      {[](auto& content) { content.pop_back(); }, "do not inflate"},
      {[](auto& content) { content.push_back(0); }, "behind deflated"},
      {[](auto& content) { ++content[3]; }, "do not inflate to their size"},
      {[](auto& content) { --content[3]; }, "do not inflate to their size"},
      {[](auto& content) { content[0] = 0x7f; }, "too large"}};
  for (const auto& [change, reason] : changes) {
    auto bundle = good();
    bundle.index_content = change;
    expect_refused(bundle, reason);
  }
}

TEST(VerifyIndex, FindsAnIdentifierInIt) {
  auto bundle = good();
  bundle.index = [](auto& index) { index.series[0].description = "Vandermolen"; };
  expect_refused(bundle, "identifier of the study in the index");
}

TEST(VerifyIndex, RefusesWhatOnlyAJsonReaderWouldSkip) {
  auto bundle = good();
  bundle.index_text = [](auto& text) { text.insert(1, "  "); };
  expect_refused(bundle, "not as it is written");
  auto more = good();
  more.index_text = [](auto& text) { text.insert(1, "\"hidden\":1,"); };
  expect_refused(more, "");
}

}  // namespace
