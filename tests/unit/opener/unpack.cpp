// What is judged before a file gets its name: the manifest, the sums, the padding, the digest.
#include "opener/unpack.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include <fstream>

#include "opener/code.h"
#include "opener/download.h"
#include "opener/opener.h"
#include "opener/progress.h"

namespace {

const std::string kDigest(64, 'a');

disk::Descriptor temporary_file() {
  char name[] = "/tmp/dcmcourier-test-XXXXXX";
  disk::Descriptor file(mkstemp(name));
  unlink(name);
  return file;
}

std::string code_file(const std::string& content) {
  char name[] = "/tmp/dcmcourier-test-XXXXXX";
  disk::Descriptor file(mkstemp(name));
  (void)disk::write_all(file.get(), base::as_bytes(content)).ok();
  return name;
}

seal::Opener opened(const base::Bytes& sealed, const base::SecretBytes& key) {
  const auto read = [&sealed](std::uint64_t offset, std::span<std::uint8_t> into) -> base::Status {
    std::copy_n(sealed.begin() + static_cast<std::ptrdiff_t>(offset), into.size(), into.begin());
    return base::Done{};
  };
  return seal::Opener::open(key, {}, read, sealed.size()).value();
}

// Seals `content` and judges it against a grant that claims `length` bytes of it.
bool content_passes(const base::Bytes& content, std::uint64_t length, bool right_digest = true) {
  const base::SecretBytes key(base::Bytes(32, 1));
  const auto sealed = seal::seal_bytes(key, {}, content).value();
  share::GrantedBlob blob;
  blob.length = length;
  const auto end = std::min<std::size_t>(length, content.size());
  blob.sha256 = seal::sha256(base::ByteView(content).first(end));
  if (!right_digest) blob.sha256[0] ^= 1;
  const base::Clock clock;
  opener::Progress progress(false, clock);
  return opener::check_content(opened(sealed, key), blob, progress).ok();
}

base::Bytes padded(std::size_t n, std::size_t to) {
  base::Bytes content(n, 'x');
  content.resize(to);
  return content;
}

}  // namespace

TEST(Manifest, IsWhatSha256sumWrites) {
  const auto manifest = opener::parse_manifest(kDigest + "  DICOMDIR\n" + kDigest + " *a b/c\n");
  ASSERT_TRUE(manifest.ok());
  EXPECT_EQ(manifest.value().size(), 2U);
  EXPECT_EQ(manifest.value().at("a b/c")[0], 0xaa);
  EXPECT_TRUE(opener::parse_manifest("").ok());
}

TEST(Manifest, ThatIsAnythingElseIsRefused) {
  for (const std::string& text :
       std::vector<std::string>{kDigest + "\n", kDigest + " a\n", kDigest.substr(1) + "  a\n", "\n",
                                "x" + kDigest.substr(1) + "  a\n",
                                kDigest + "  a\n" + kDigest + "  a\n", std::string("hello")})
    EXPECT_FALSE(opener::parse_manifest(text).ok()) << text;
}

TEST(Content, IsOfItsLengthOrPaddedWithZeros) {
  EXPECT_TRUE(content_passes(padded(10, 10), 10));
  EXPECT_TRUE(content_passes(padded(10, 4096), 10));
  EXPECT_TRUE(content_passes(padded(2'000'000, share::padded_size(2'000'000)), 2'000'000));
}

TEST(Content, WithAnotherLengthPaddingOrDigestIsRefused) {
  EXPECT_FALSE(content_passes(padded(10, 4097), 10));
  EXPECT_FALSE(content_passes(padded(10, 4095), 10));
  EXPECT_FALSE(content_passes(padded(10, 8192), 10));
  EXPECT_FALSE(content_passes(padded(11, 4096), 10));  // a byte of x where zeros must be
  EXPECT_FALSE(content_passes(padded(10, 4096), 10, false));
}

TEST(SegmentCheck, WritesOnlySegmentsWhoseSumIsRight) {
  const auto file = temporary_file();
  base::Bytes sealed((1U << 20) + 100, 5);
  base::Bytes sums;
  base::append(sums, seal::sha256(base::ByteView(sealed).first(1U << 20)));
  base::append(sums, seal::sha256(base::ByteView(sealed).last(100)));
  opener::SegmentCheck check(sums, sealed.size(), file.get());
  for (std::size_t at = 0; at < sealed.size(); at += 300'001)
    ASSERT_TRUE(check
                    .take(base::ByteView(sealed).subspan(
                        at, std::min<std::size_t>(300'001, sealed.size() - at)))
                    .ok());
  EXPECT_TRUE(check.complete());
  EXPECT_FALSE(check.take(base::ByteView(sealed).first(1)).ok());
  EXPECT_EQ(disk::size_of(file.get()).value(), sealed.size());

  opener::SegmentCheck second(sums, sealed.size(), file.get());
  sealed[500'000] ^= 1;
  EXPECT_FALSE(second.take(sealed).ok());
  EXPECT_FALSE(second.complete());
}

TEST(Code, FromAFileIsItsFirstLineInNormalForm) {
  const auto name = code_file("ovlm-9zkt 2b8d\r\nsecond line\n");
  EXPECT_EQ(opener::ask_code(share::Mode::Code, name).value(), "0V1M9ZKT2B8D");
  unlink(name.c_str());
  EXPECT_EQ(opener::ask_code(share::Mode::LinkOnly, "").value(), "");
  EXPECT_FALSE(opener::ask_code(share::Mode::Code, "/no/such/file").ok());
  const auto bad = code_file("hello\n");
  const auto refused = opener::ask_code(share::Mode::Code, bad);
  unlink(bad.c_str());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(opener::exit_code(refused.fault()), EX_DATAERR);
  EXPECT_EQ(refused.fault().what.find("hello"), std::string::npos);
}

TEST(ExitCode, TellsApartWhatARecipientCanDo) {
  EXPECT_EQ(opener::exit_code(base::reject("share.link", "")), EX_DATAERR);
  EXPECT_EQ(opener::exit_code(base::reject("opener.state", "")), EX_UNAVAILABLE);
  EXPECT_EQ(opener::exit_code(base::reject("opener.code", "")), EX_NOPERM);
  EXPECT_EQ(opener::exit_code(base::retry_later("opener.transport", "")), EX_TEMPFAIL);
  EXPECT_EQ(opener::exit_code(base::ask_administrator("opener.transport", "")), EX_CONFIG);
  EXPECT_EQ(opener::exit_code(base::reject("seal.open", "")), EX_PROTOCOL);
  EXPECT_EQ(opener::exit_code(base::retry_later("disk.write", "")), EX_IOERR);
  EXPECT_EQ(opener::exit_code(base::ask_administrator("opener.out", "")), EX_CANTCREAT);
}
