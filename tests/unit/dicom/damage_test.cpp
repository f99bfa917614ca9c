// Damaged files by the thousand: whatever is read from them must also be writable, at the size that
// was foretold, and read back the same. Worth most under the sanitizers.
#include <gtest/gtest.h>

#include <random>

#include "bytes_by_hand.h"
#include "dicom/charset.h"

namespace dicom {
namespace {

using namespace by_hand;

std::string every_kind(std::string_view syntax) {
  if (syntax == kImplicitVRLittleEndian)
    return part10(
        implicit(0x0008, 0x0005, "ISO_IR 100") +
            implicit(0x0008, 0x1110, open_item(implicit(0x0010, 0x0010, "Doe^Jane")) + kSequenceEnd,
                     kUndefined) +
            implicit(0x0008, 0x1115, item(implicit(0x0008, 0x1110, item("")))) +
            implicit(0x0009, 0x0010, "MAKER ") + implicit(0x7FE0, 0x0010, std::string(64, 'p')),
        syntax);
  return part10(
      brief(0x0008, 0x0005, "CS", "ISO_IR 100") +
          wide(0x0008, 0x1110, "SQ",
               open_item(brief(0x0010, 0x0010, "PN", "Doe^Jane")) + kSequenceEnd, kUndefined) +
          wide(0x0008, 0x1115, "UN", item(implicit(0x0008, 0x1110, item("")))) +
          brief(0x0009, 0x0010, "LO", "MAKER ") + wide(0x0009, 0x1001, "UN", "abcd") +
          wide(0x7FE0, 0x0010, "OB", item("") + item("frame1") + item("frame2") + kSequenceEnd,
               kUndefined),
      syntax);
}

std::string damaged(std::string bytes, std::mt19937& dice) {
  constexpr char kTelling[] = {'\x00', '\x01', '\x02', '\x08', '\x10',
                               '\x7F', '\xDD', '\xE0', '\xFE', '\xFF'};
  for (int i = 0, count = 1 + static_cast<int>(dice() % 4); i < count && !bytes.empty(); ++i) {
    const auto at = dice() % bytes.size();
    switch (dice() % 4) {
      case 0:
        bytes[at] = kTelling[dice() % sizeof kTelling];
        break;
      case 1:
        bytes[at] = static_cast<char>(dice());
        break;
      case 2:
        bytes.erase(at, 1 + dice() % 8);
        break;
      default:
        bytes.insert(at, bytes.substr(dice() % bytes.size(), 1 + dice() % 16));
    }
  }
  return bytes;
}

class Damage : public testing::TestWithParam<std::string_view> {};

TEST_P(Damage, IsRefusedOrSurvivesBeingWritten) {
  const auto whole = every_kind(GetParam());
  ASSERT_EQ(reason(whole), "");
  std::mt19937 dice(20230517);
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto bytes = damaged(whole, dice);
    const auto file = read(bytes);
    if (!file.ok()) {
      ASSERT_EQ(file.fault().remedy, base::Remedy::Reject);
      continue;
    }
    ++accepted;
    const auto once = written(file.value(), bytes);
    ASSERT_EQ(once.size(), written_size(file.value()));
    const auto again = read(once);
    // Only its syntax may stand in the way: a UID was damaged into that of another one.
    if (!again.ok()) continue;
    ASSERT_EQ(written(again.value(), once), once);
  }
  EXPECT_GT(accepted, 1000);
  EXPECT_LT(accepted, 19'000);
}
INSTANTIATE_TEST_SUITE_P(Reading, Damage,
                         testing::Values(kImplicitVRLittleEndian,
                                         std::string_view("1.2.840.10008.1.2.4.80")));

TEST(Charset, SurvivesAnyBytes) {
  std::mt19937 dice(7);
  const std::vector<std::vector<std::string>> sets = {{},
                                                      {"ISO_IR 100"},
                                                      {"", "ISO 2022 IR 87"},
                                                      {"ISO 2022 IR 13"},
                                                      {"", "ISO 2022 IR 149"},
                                                      {"GB18030"},
                                                      {"ISO_IR 192"}};
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto length = dice() % 24; length > 0; --length) {
      constexpr char kTelling[] = {'\x1B', '$', '(', ')',    'B',    'C',    'J',
                                   '\\',   '^', '=', '\xB0', '\xFF', '\x81', 'a'};
      text += kTelling[dice() % sizeof kTelling];
    }
    const auto utf8 = to_utf8(text, sets[dice() % sets.size()]);
    if (!utf8) continue;
    ASSERT_TRUE(to_utf8(*utf8, {"ISO_IR 192"})) << "not UTF-8";
  }
}

}  // namespace
}  // namespace dicom
