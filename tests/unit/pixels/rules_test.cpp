#include "pixels/rules.h"

#include <gmock/gmock.h>

#include "made.h"
#include "pixels/clean.h"

namespace {

using dicom::Tag;
using dicom::VR;
using made::put_integer;
using made::put_text;
using pixels::parse_rule;
using testing::HasSubstr;

std::vector<std::string> cells_of(std::string_view row) {
  std::vector<std::string> cells;
  for (std::size_t at = 0; at <= row.size();) {
    const auto end = std::min(row.find('\t', at), row.size());
    cells.emplace_back(row.substr(at, end - at));
    at = end + 1;
  }
  return cells;
}

// What a device would write: of "a&b" both, of "a|b" the first.
std::string device_value(std::string cell, std::string_view all = "&") {
  std::string value;
  if (!cell.empty() && (cell[0] == '~' || cell[0] == '=')) cell.erase(0, 1);
  for (std::size_t at = 0; at <= cell.size();) {
    const auto end = std::min(cell.find_first_of(all, at), cell.size());
    auto part = cell.substr(at, end - at);
    if (part.starts_with('~')) part.erase(0, 1);
    value += (value.empty() ? "" : all.size() > 1 ? "\\" : " ") + part.substr(0, part.find('|'));
    at = end + 1;
  }
  return value;
}

// By hand and not with the product's parser, of which the test would know nothing.
void put_other(dicom::File& file, const std::string& cell) {
  const auto value = [&] { return cell.substr(cell.find_first_of("=~") + 1); };
  if (cell.empty()) return;
  if (cell.starts_with("CodeMeaning"))
    return made::put_item(file, {0x0018, 0x9346}, made::text({0x0008, 0x0104}, "LO", value()));
  if (cell.starts_with("ImplementationVersionName")) {
    file.meta.implementation_version_name = "5.0 " + value();
    return;
  }
  const std::pair<const char*, Tag> known[] = {{"CommentsOnRadiationDose", {0x0040, 0x0310}},
                                               {"WindowWidth", {0x0028, 0x1051}},
                                               {"OverlayDescription(6000)", {0x6000, 0x0022}},
                                               {"ProtocolName", {0x0018, 0x1030}}};
  for (const auto& [keyword, tag] : known)
    if (cell.starts_with(keyword)) return put_text(file, tag, value());
  FAIL() << cell;
}

dicom::File device_of(const std::vector<std::string>& cells) {
  const auto or_else = [](const std::string& cell, int size) {
    return cell.empty() ? size : std::stoi(cell);
  };
  // Where the rule does not say how large its images are, one with room around the rectangle.
  auto file = made::image(or_else(cells[5], std::stoi(cells[12]) + std::stoi(cells[14]) + 20),
                          or_else(cells[6], std::stoi(cells[11]) + std::stoi(cells[13]) + 20));
  const std::pair<std::size_t, Tag> texts[] = {{2, {0x0008, 0x0060}},
                                               {3, {0x0008, 0x0070}},
                                               {4, {0x0008, 0x1090}},
                                               {8, {0x0008, 0x103E}},
                                               {9, {0x0028, 0x0301}}};
  for (const auto& [column, tag] : texts)
    if (!cells[column].empty()) put_text(file, tag, device_value(cells[column]));
  if (!cells[7].empty()) put_text(file, {0x0008, 0x0008}, device_value(cells[7], "&+"));
  put_other(file, cells[10]);
  return file;
}

std::vector<std::string_view> real_rows() {
  auto rows = pixels::compiled_rows();
  std::erase_if(rows, pixels::is_flagged);
  return rows;
}

const base::Result<pixels::Rules>& compiled() {
  static const auto kRules = pixels::Rules::create({});
  return kRules;
}

class EachRow : public testing::TestWithParam<std::string_view> {};

TEST_P(EachRow, MatchesItsDeviceAndItsRectangleIsBlack) {
  const auto cells = cells_of(GetParam());
  auto file = device_of(cells);
  const auto& rules = compiled();
  ASSERT_TRUE(rules.ok()) << rules.fault().what;
  pixels::Areas areas;
  bool found = false;
  for (const auto* rule : rules.value().matching(file)) {
    areas.blank.push_back(rule->rectangle);
    found |= rule->id == cells[0];
  }
  ASSERT_TRUE(found);
  const auto cleaned = pixels::clean(file, made::nothing(), areas);
  ASSERT_TRUE(cleaned.ok()) << cleaned.fault().what;
  const auto size = made::size(file);
  const auto end = [](const std::string& a, const std::string& b, int limit) {
    return std::min(std::stoi(a) + std::stoi(b), limit);
  };
  const auto& pixels = cleaned.value().pixel_data.value;
  const auto left = std::stoi(cells[11]), right = end(cells[11], cells[13], size.columns);
  for (int y = std::stoi(cells[12]); y < end(cells[12], cells[14], size.rows); ++y) {
    const auto row = pixels.begin() + y * size.columns;
    ASSERT_EQ(std::count(row + left, row + right, 0), right - left) << "row " << y;
  }
  EXPECT_NE(std::count(pixels.begin(), pixels.end(), made::kGrey), 0) << "all of it is black";
}

TEST_P(EachRow, DoesNotMatchWhenAnyOfItsWordsIsMissing) {
  const auto cells = cells_of(GetParam());
  for (std::size_t column = 2; column <= 10; ++column) {
    if (cells[column].empty()) continue;
    auto other = cells;
    other[column] = column == 5 || column == 6 ? "77" : "";
    auto file = device_of(cells);
    if (column == 10)
      file = device_of(other);
    else if (column == 5 || column == 6)
      put_integer(file, {0x0028, static_cast<std::uint16_t>(column == 5 ? 0x10 : 0x11)}, 77);
    else
      put_text(file, made::kTagOfColumn[column], "x");
    for (const auto* rule : compiled().value().matching(file))
      EXPECT_NE(rule->id, cells[0]) << column;
  }
}

INSTANTIATE_TEST_SUITE_P(Table, EachRow, testing::ValuesIn(real_rows()), [](const auto& info) {
  return std::string(info.param.substr(0, info.param.find('\t')));
});

TEST(Table, HasAllRowsAndTheFlaggedOnesAreLeftOut) {
  EXPECT_EQ(pixels::compiled_rows().size(), 178u);
  EXPECT_EQ(real_rows().size(), 166u);
}

constexpr const char* kRow = "S1\tUS\t=US\t~ACME\t\t\t\t\t\t\t\t0\t0\t100\t20";

TEST(SiteRule, IsOfTheSameForm) {
  const auto rules = pixels::Rules::create({kRow});
  ASSERT_TRUE(rules.ok());
  auto file = made::image(10, 10);
  put_text(file, {0x0008, 0x0060}, "US");
  put_text(file, {0x0008, 0x0070}, "The Acme Company");
  ASSERT_EQ(rules.value().matching(file).size(), 1u);
  EXPECT_EQ(rules.value().matching(file)[0]->rectangle, (pixels::Rectangle{0, 0, 100, 20}));
}

TEST(SiteRule, ThatIsNotClearIsRefusedByItsName) {
  const std::pair<const char*, const char*> wrong[] = {
      {"S1\tUS\t=US\t\t\t\t\t\t\t\t\t0\t0\t100", "columns"},
      {"\tUS\t=US\t\t\t\t\t\t\t\t\t0\t0\t100\t20", "id"},
      {"S1\tUS\tUS\t\t\t\t\t\t\t\t\t0\t0\t100\t20", "without = or ~"},
      {"S1\tUS\t\t\t\t\t\t\t\t\t\t0\t0\t100\t20", "nothing of the device"},
      {"S1\tUS\t=US\t\t\t\t\t\t\t\t\t0\t0\t0\t20", "empty rectangle"},
      {"S1\tUS\t=US\t\t\t\t\t\t\t\t\t0\t-1\t5\t20", "number"},
      {"S1\tUS\t=US\t\t\t\t\t\t\t\tManfacturer~A\t0\t0\t5\t20", "unknown attribute"},
      {"S1\tUS\t=US\t~\t\t\t\t\t\t\t\t0\t0\t5\t20", "empty word"},
      {"S1\tUS\t=US\t\t\ttall\t\t\t\t\t\t0\t0\t5\t20", "number"},
  };
  for (const auto& [row, why] : wrong) {
    const auto rule = parse_rule(row, "third");
    ASSERT_FALSE(rule.ok()) << row;
    EXPECT_THAT(rule.fault().what, HasSubstr(why)) << row;
    EXPECT_FALSE(pixels::Rules::create({kRow, row}).ok());
  }
}

}  // namespace
