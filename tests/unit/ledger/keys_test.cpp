// The keys at rest. What was erased is looked for in the bytes of the file.
#include "ledger/keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "seal/schedule.h"
#include "seal/stream.h"

namespace {

namespace fs = std::filesystem;
using ledger::Keys;

class KeysTest : public testing::Test {
 protected:
  KeysTest() {
    std::string name = (fs::temp_directory_path() / "keys.XXXXXX").string();
    folder_ = mkdtemp(name.data());
    path_ = folder_ + "/keys.db";
  }
  ~KeysTest() override { fs::remove_all(folder_); }

  static base::SecretBytes kek(std::uint8_t byte = 1) {
    return base::SecretBytes(base::Bytes(32, byte));
  }
  Keys open() const {
    auto keys = Keys::open(path_, kek());
    EXPECT_TRUE(keys.ok());
    return std::move(keys).value();
  }
  base::Bytes wrapped(const std::string& name) const {
    auto db = database::Database::open(path_, database::Journal::Persist).value();
    auto row = db.prepare("SELECT value FROM wrapped WHERE name = ?");
    row.bind(name);
    return row.step().value() ? row.blob(0) : base::Bytes();
  }
  // Whether these bytes stand in any file of the folder: database, journal, copies.
  bool on_disk(base::ByteView bytes) const {
    for (const auto& entry : fs::directory_iterator(folder_)) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string content{std::istreambuf_iterator<char>(file), {}};
      if (content.find(base::as_text(bytes)) != std::string::npos) return true;
    }
    return false;
  }

  std::string folder_, path_;
};

TEST_F(KeysTest, KeepAValueSealedAndGiveItBack) {
  const auto secret = seal::random_secret(32);
  {
    auto keys = open();
    ASSERT_TRUE(keys.put("share:1:root", secret).ok());
    EXPECT_FALSE(on_disk(secret.view()));
  }
  auto keys = open();
  EXPECT_TRUE(
      base::equal_in_constant_time(keys.need("share:1:root").value().view(), secret.view()));
  EXPECT_FALSE(keys.get("share:2:root").value().has_value());
  const auto gone = keys.need("share:2:root");
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.fault().remedy, base::Remedy::AskAdministrator);
  EXPECT_EQ(gone.fault().what.find("2"), std::string::npos);
}

TEST_F(KeysTest, AnErasedKeyIsInNoFileAnyMore) {
  auto keys = open();
  std::vector<base::Bytes> sealed;
  for (int i = 0; i < 40; ++i) {
    const auto name = "bundle:" + std::to_string(i) + ":package";
    ASSERT_TRUE(keys.put(name, seal::random_secret(32)).ok());
    sealed.push_back(wrapped(name));
    ASSERT_EQ(sealed.back().size(), 32u + 56u);
    ASSERT_TRUE(on_disk(sealed.back()));
  }
  for (int i = 0; i < 40; i += 4)
    ASSERT_TRUE(keys.erase("bundle:" + std::to_string(i) + ":package").ok());
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    const auto tag = base::ByteView(sealed[i]).last(16);
    const auto body = base::ByteView(sealed[i]).subspan(40, 24);
    EXPECT_EQ(on_disk(tag), i % 4 != 0) << i;
    EXPECT_EQ(on_disk(body), i % 4 != 0) << i;
  }
  EXPECT_FALSE(keys.get("bundle:0:package").value().has_value());
  EXPECT_TRUE(keys.get("bundle:1:package").value().has_value());
}

TEST_F(KeysTest, AReplacedValueIsInNoFileAnyMore) {
  auto keys = open();
  ASSERT_TRUE(keys.put("recipient:r1:code", seal::random_secret(12)).ok());
  const auto first = wrapped("recipient:r1:code");
  ASSERT_TRUE(keys.put("recipient:r1:code", seal::random_secret(12)).ok());
  const auto second = wrapped("recipient:r1:code");
  EXPECT_NE(first, second);
  EXPECT_FALSE(on_disk(base::ByteView(first).last(16)));
  ASSERT_TRUE(keys.erase("recipient:r1:code").ok());
  EXPECT_FALSE(on_disk(base::ByteView(second).last(16)));
}

TEST_F(KeysTest, ErasingWhatIsNotThereIsFine) {
  auto keys = open();
  EXPECT_TRUE(keys.erase("share:none").ok());
}

TEST_F(KeysTest, AWrongKEKIsRefusedAndMakesNoNewLedgerKey) {
  {
    auto keys = open();
    ASSERT_TRUE(keys.put("a", seal::random_secret(32)).ok());
  }
  const auto before = wrapped("ledger");
  const auto wrong = Keys::open(path_, kek(2));
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.fault().remedy, base::Remedy::AskAdministrator);
  EXPECT_EQ(wrapped("ledger"), before);
  EXPECT_TRUE(open().get("a").value().has_value());
}

TEST_F(KeysTest, AKEKOfAnotherLengthIsRefused) {
  for (std::size_t size : {0u, 16u, 31u, 33u})
    EXPECT_FALSE(Keys::open(path_, base::SecretBytes(base::Bytes(size))).ok()) << size;
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(KeysTest, ALostLedgerKeyIsNotReplacedWhileOtherKeysAreThere) {
  {
    auto keys = open();
    ASSERT_TRUE(keys.put("a", seal::random_secret(32)).ok());
    auto db = database::Database::open(path_, database::Journal::Persist).value();
    ASSERT_TRUE(db.execute("DELETE FROM wrapped WHERE name = 'ledger'").ok());
  }
  const auto opened = Keys::open(path_, kek());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.fault().remedy, base::Remedy::AskAdministrator);
}

TEST_F(KeysTest, AKeyMovedToAnotherNameDoesNotOpen) {
  auto keys = open();
  ASSERT_TRUE(keys.put("share:1:root", seal::random_secret(32)).ok());
  ASSERT_TRUE(keys.put("share:2:root", seal::random_secret(32)).ok());
  auto db = database::Database::open(path_, database::Journal::Persist).value();
  ASSERT_TRUE(db.execute("UPDATE wrapped SET value = (SELECT value FROM wrapped WHERE name ="
                         " 'share:1:root') WHERE name = 'share:2:root'")
                  .ok());
  EXPECT_TRUE(keys.get("share:1:root").ok());
  EXPECT_FALSE(keys.get("share:2:root").ok());
}

TEST_F(KeysTest, ARowValueOpensInItsPlaceAlone) {
  const auto keys = open();
  const auto sealed = keys.seal_row("instance", "12", "facts", base::as_bytes("value")).value();
  EXPECT_EQ(base::as_text(keys.open_row("instance", "12", "facts", sealed).value()), "value");
  EXPECT_FALSE(keys.open_row("instance", "13", "facts", sealed).ok());
  EXPECT_FALSE(keys.open_row("study", "12", "facts", sealed).ok());
  EXPECT_FALSE(keys.open_row("instance", "12", "name", sealed).ok());
  EXPECT_FALSE(keys.open_row("instance1", "2", "facts", sealed).ok());
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto damaged = sealed;
    damaged[i] ^= 1;
    EXPECT_FALSE(keys.open_row("instance", "12", "facts", damaged).ok()) << i;
  }
}

TEST_F(KeysTest, ADigestIsKeyedAndSaysNothingAboutItsKindAndValueTogether) {
  const auto keys = open();
  const auto digest = keys.digest("study", "1.2.3");
  EXPECT_EQ(digest.size(), 32u);
  EXPECT_EQ(digest, keys.digest("study", "1.2.3"));
  EXPECT_NE(digest, keys.digest("study", "1.2.4"));
  EXPECT_NE(digest, keys.digest("instance", "1.2.3"));
  EXPECT_NE(keys.digest("ab", "c"), keys.digest("a", "bc"));
  const auto plain = seal::sha256(base::as_bytes("1.2.3"));
  EXPECT_NE(digest, base::Bytes(plain.begin(), plain.end()));
  const std::string other = folder_ + "/other.db";
  EXPECT_NE(Keys::open(other, kek()).value().digest("study", "1.2.3"), digest);
}

TEST_F(KeysTest, TheLedgerKeyIsWrappedAsPublished) {
  const auto keys = open();
  const auto wrap = seal::hkdf(kek().view(), {}, seal::label("kek"), 32);
  base::Bytes ad = seal::label("row");
  for (const std::string part : {"wrapped", "ledger", "value"}) {
    base::append_u32_be(ad, static_cast<std::uint32_t>(part.size()));
    base::append(ad, base::as_bytes(part));
  }
  const auto key = seal::open_bytes(wrap, ad, wrapped("ledger"));
  ASSERT_TRUE(key.ok());
  const auto audit = seal::hkdf(key.value(), {}, seal::label("audit"), 32);
  EXPECT_TRUE(base::equal_in_constant_time(audit.view(), keys.audit_key().view()));
}

TEST_F(KeysTest, TheSpoolKeyIsReplacedByAgeAndOldOnesStay) {
  auto keys = open();
  const auto now = base::Clock().now();
  const auto first = keys.current_spool_key(now, 3600).value();
  EXPECT_EQ(keys.current_spool_key(now, 3600).value().point, first.point);
  const auto second = keys.current_spool_key(now + 7200, 3600).value();
  EXPECT_NE(second.point, first.point);
  const auto id = seal::sha256(first.point);
  EXPECT_EQ(keys.spool_key(base::ByteView(id).first(8)).value().point, first.point);
  EXPECT_FALSE(keys.spool_key(base::Bytes(8, 0)).ok());
}

}  // namespace
