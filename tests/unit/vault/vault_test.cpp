// The vault: what is added is found by who knows the pseudonym and opened by who holds the key.
#include "vault/vault.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace {

namespace fs = std::filesystem;
using vault::Vault;

class VaultTest : public testing::Test {
 protected:
  VaultTest() : holder_(seal::generate_p256()) {
    std::string name = (fs::temp_directory_path() / "vault.XXXXXX").string();
    folder_ = mkdtemp(name.data());
    path_ = folder_ + "/vault.db";
  }
  ~VaultTest() override { fs::remove_all(folder_); }

  static vault::SensitiveEntry entry(const std::string& patient = "MRN-7734-XQ") {
    vault::Entry made;
    made.patient_id = patient;
    made.issuer_of_patient_id = "ST-EXAMPLE";
    made.accession_number = "ACC-1";
    made.study_instance_uid = "1.2.3";
    made.pseudonym = "P" + patient.substr(0, 3);
    made.new_study_instance_uid = "2.25.99";
    made.options = {"modify_dates"};
    made.domain_key = "0a1b2c3d";
    made.made_at = 1000;
    return vault::SensitiveEntry(std::move(made));
  }
  Vault open(Vault::Begin begin = Vault::Begin::Yes) const {
    auto opened = Vault::open(path_, begin);
    EXPECT_TRUE(opened.ok()) << opened.fault().what;
    return std::move(opened).value();
  }
  static base::Bytes id(std::uint8_t byte) { return base::Bytes(16, byte); }
  std::int64_t add(Vault& into, const vault::SensitiveEntry& made,
                   std::uint8_t identity = 1) const {
    auto number = into.add(made, base::Bytes(32, identity), holder_.point);
    EXPECT_TRUE(number.ok());
    return std::move(number).value();
  }
  std::string content() const {
    std::string all;
    for (const auto& file : fs::directory_iterator(folder_)) {
      std::ifstream in(file.path(), std::ios::binary);
      all.append(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  }

  seal::KeyPair holder_;
  std::string folder_, path_;
};

TEST_F(VaultTest, WhatWasAddedIsFoundByPseudonymAndByNewUIDAndOpensForTheHolder) {
  auto opened = open();
  add(opened, entry());
  for (const char* name : {"PMRN", "2.25.99"}) {
    const auto rows = opened.find(name).value();
    ASSERT_EQ(rows.size(), 1U) << name;
    const auto read = vault::open_entry(rows[0].sealed, holder_);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(vault::content_of(read.value()), vault::content_of(entry()));
    EXPECT_EQ(read.value().reveal().made_at, 1000);
  }
  EXPECT_TRUE(opened.find("MRN-7734-XQ").value().empty());
  EXPECT_TRUE(opened.find("").value().empty());
}

TEST_F(VaultTest, AnotherKeyOpensNothing) {
  const auto sealed = vault::seal_entry(entry(), holder_.point).value();
  const auto other = vault::open_entry(sealed, seal::generate_p256());
  ASSERT_FALSE(other.ok());
  EXPECT_NE(other.fault().what.find("another key"), std::string::npos);
}

TEST_F(VaultTest, EveryChangedByteAndEveryCutIsNoticed) {
  const auto sealed = vault::seal_entry(entry(), holder_.point).value();
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto damaged = sealed;
    damaged[i] ^= 1;
    EXPECT_FALSE(vault::open_entry(damaged, holder_).ok()) << i;
    EXPECT_FALSE(vault::open_entry(base::ByteView(sealed).first(i), holder_).ok()) << i;
  }
}

TEST_F(VaultTest, LengthsTellNothingOfTheValues) {
  const auto one = vault::seal_entry(entry("1"), holder_.point).value();
  const auto other = vault::seal_entry(entry(std::string(60, 'X')), holder_.point).value();
  EXPECT_EQ(one.size(), other.size());
}

TEST_F(VaultTest, NothingOfAnEntryStandsOnTheDisk) {
  auto opened = open();
  add(opened, entry());
  const auto all = content();
  EXPECT_GT(all.size(), 4096U);
  for (const char* text : {"MRN-7734-XQ", "PMRN", "2.25.99", "1.2.3", "ACC-1", "ST-EXAMPLE"})
    EXPECT_EQ(all.find(text), std::string::npos) << text;
}

TEST_F(VaultTest, TheSameContentForTheSameKeyIsOneEntryAndForANewKeyAnother) {
  auto opened = open();
  const auto first = add(opened, entry());
  const auto sealed = opened.all().value()[0].sealed;
  EXPECT_EQ(add(opened, entry()), first);
  EXPECT_EQ(opened.all().value()[0].sealed, sealed);
  holder_ = seal::generate_p256();
  EXPECT_NE(add(opened, entry()), first);
  EXPECT_EQ(opened.all().value().size(), 2U);
}

TEST_F(VaultTest, APackageHasItsEntryOnlyUnderTheIdThatWasPreparedLast) {
  auto opened = open();
  EXPECT_FALSE(opened.has(7, id(1)).value());
  const auto number = add(opened, entry());
  ASSERT_TRUE(opened.assign(7, id(1), number).ok());
  EXPECT_TRUE(opened.has(7, id(1)).value());
  ASSERT_TRUE(opened.assign(7, id(2), number).ok());
  EXPECT_FALSE(opened.has(7, id(1)).value());
  EXPECT_TRUE(opened.has(7, id(2)).value());
  EXPECT_FALSE(opened.assign(8, id(3), number + 1).ok());  // an entry that is not there
}

TEST_F(VaultTest, AnEntryThatHasRottedIsNoticedAndWrittenAnew) {
  auto opened = open();
  const auto number = add(opened, entry());
  ASSERT_TRUE(opened.assign(7, id(1), number).ok());
  auto damage = database::Database::open(path_, database::Journal::Persist).value();
  ASSERT_TRUE(damage.execute("UPDATE entry SET sealed = zeroblob(length(sealed))").ok());
  EXPECT_FALSE(opened.has(7, id(1)).value());
  EXPECT_EQ(add(opened, entry()), number);
  EXPECT_TRUE(opened.has(7, id(1)).value());
  EXPECT_TRUE(vault::open_entry(opened.all().value()[0].sealed, holder_).ok());
}

TEST_F(VaultTest, AFileThatIsTornIsRefused) {
  {
    auto opened = open();
    for (std::uint8_t i = 0; i < 60; ++i) add(opened, entry("MRN" + std::to_string(i)), i);
  }
  {
    std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(8192);
    file << std::string(16384, '\xA5');
  }
  const auto again = Vault::open(path_, Vault::Begin::Yes);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.fault().remedy, base::Remedy::AskAdministrator);
}

TEST_F(VaultTest, WhoLooksMakesNoVault) {
  const auto opened = Vault::open(path_, Vault::Begin::No);
  ASSERT_FALSE(opened.ok());
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(VaultTest, ItsGroupMayReadAndNoteAndNobodyElse) {
  open();
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms(0660));
}

TEST_F(VaultTest, LooksAreKeptInTheirOrderAndEachVaultHasItsOwnId) {
  auto opened = open();
  ASSERT_TRUE(opened.note({0, 5, "root", "shown", 1, 1}).ok());
  ASSERT_TRUE(opened.note({0, 6, "alice", "refused: no key", 2, 0}).ok());
  const auto looks = opened.looks_after(1, 10).value();
  ASSERT_EQ(looks.size(), 1U);
  EXPECT_EQ(looks[0].number, 2);
  EXPECT_EQ(looks[0].who, "alice");
  EXPECT_EQ(looks[0].outcome, "refused: no key");
  EXPECT_EQ(opened.looks_after(0, 1).value().size(), 1U);
  path_ = folder_ + "/other.db";
  EXPECT_NE(open().id().value(), opened.id().value());
}

TEST_F(VaultTest, APointThatIsNotOnTheCurveIsRefused) {
  auto point = holder_.point;
  point.back() ^= 1;
  EXPECT_FALSE(vault::seal_entry(entry(), point).ok());
}

}  // namespace
