#include "pixels/rules.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace pixels {
namespace {

using dicom::Tag;

enum Column {
  kId,
  kSection,
  kModality,
  kManufacturer,
  kModel,
  kRows,
  kColumns,
  kImageType,
  kSeriesDescription,
  kBurnedIn,
  kOther,
  kX,
  kY,
  kWidth,
  kHeight,
  kSource,
  kNote
};

struct Named {
  Column column;
  Tag tag;
};
constexpr Named kTexts[] = {{kModality, {0x0008, 0x0060}},
                            {kManufacturer, {0x0008, 0x0070}},
                            {kModel, {0x0008, 0x1090}},
                            {kImageType, {0x0008, 0x0008}},
                            {kSeriesDescription, {0x0008, 0x103E}},
                            {kBurnedIn, {0x0028, 0x0301}}};
constexpr Named kNumbers[] = {{kRows, {0x0028, 0x0010}}, {kColumns, {0x0028, 0x0011}}};
constexpr Tag kImageTypeTag{0x0008, 0x0008};
constexpr Tag kImplementationVersionName{0x0002, 0x0013};

std::vector<std::string> split(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find_first_of(separators, at), text.size());
    parts.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::string upper(std::string text) {
  for (auto& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return text;
}

// It goes into reports.
bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 32 &&
         text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
             std::string_view::npos;
}

class Row {
 public:
  Row(std::string_view text, std::string_view name)
      : cells_(split(text, "\t")), name_(is_id(cells_[0]) ? cells_[0] : name) {}
  base::Result<Rule> parse() const;

 private:
  base::Fault wrong(const std::string& what) const {
    return base::reject("deidentify.device_rules", "device rule " + name_ + ": " + what);
  }
  base::Result<Test> test(Tag tag, std::string_view cell) const;
  base::Result<Test> other(std::string_view cell) const;
  base::Result<Test> size(Tag tag, std::string_view cell) const;
  base::Result<std::uint32_t> number(std::string_view text) const;
  base::Result<Tag> attribute(std::string_view keyword) const;

  std::vector<std::string> cells_;
  std::string name_;
};

base::Result<Rule> Row::parse() const {
  if (cells_.size() < kSource || cells_.size() > kNote + 1)
    return wrong("15 to 17 columns between tabs");
  if (!is_id(cells_[kId])) return wrong("an id of up to 32 letters, digits, . - and _");
  Rule rule;
  rule.id = cells_[kId];
  for (const auto& [column, tag] : kTexts)
    if (!cells_[column].empty()) rule.tests.push_back(TRY(test(tag, cells_[column])));
  for (const auto& [column, tag] : kNumbers)
    if (!cells_[column].empty()) rule.tests.push_back(TRY(size(tag, cells_[column])));
  if (!cells_[kOther].empty())
    for (const auto& one : split(cells_[kOther], ";")) rule.tests.push_back(TRY(other(one)));
  if (rule.tests.empty()) return wrong("it says nothing of the device");
  rule.rectangle = {TRY(number(cells_[kX])), TRY(number(cells_[kY])), TRY(number(cells_[kWidth])),
                    TRY(number(cells_[kHeight]))};
  if (rule.rectangle.width == 0 || rule.rectangle.height == 0) return wrong("an empty rectangle");
  return rule;
}

base::Result<Test> Row::test(Tag tag, std::string_view cell) const {
  Test made;
  made.tag = tag;
  if (cell[0] != '=' && cell[0] != '~') return wrong("a value without = or ~ before it");
  made.relation = cell[0] == '=' ? Test::Relation::Equals : Test::Relation::Contains;
  // The sign may stand again before each part.
  const auto all = tag == kImageTypeTag ? "&+" : "&";  // "+" is a part of names elsewhere
  for (const auto& part : split(cell.substr(1), all)) {
    auto words = split(part, "|");
    for (auto& word : words) {
      if (word.starts_with(cell[0])) word.erase(0, 1);
      if (word.empty()) return wrong("an empty word");
      word = upper(word);
    }
    made.words.push_back(std::move(words));
  }
  return made;
}

base::Result<Test> Row::other(std::string_view cell) const {
  const auto sign = cell.find_first_of("=~");
  if (sign == std::string_view::npos) return wrong("a test without = or ~");
  return test(TRY(attribute(cell.substr(0, sign))), cell.substr(sign));
}

base::Result<Test> Row::size(Tag tag, std::string_view cell) const {
  Test made;
  made.tag = tag;
  made.relation = Test::Relation::Equals;
  made.words.push_back(split(cell, "|"));
  for (const auto& word : made.words[0]) TRY(number(word));
  return made;
}

base::Result<std::uint32_t> Row::number(std::string_view text) const {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > 65535)
    return wrong("a number from 0 to 65535 is expected");
  return value;
}

// "OverlayDescription(6000)": of a repeating group, the one meant.
base::Result<Tag> Row::attribute(std::string_view keyword) const {
  const auto bracket = keyword.find('(');
  if (keyword == "ImplementationVersionName") return kImplementationVersionName;
  const auto* entry = dicom::find_entry(keyword.substr(0, bracket));
  if (!entry) return wrong("an unknown attribute");
  if (bracket == std::string_view::npos) return entry->tag;
  const auto group = keyword.substr(bracket + 1);
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(group.data(), group.data() + group.size(), value, 16);
  if (error != std::errc() || group.size() != 5 || *end != ')') return wrong("a group like (6000)");
  return Tag{value, entry->tag.element};
}

std::optional<double> decimal(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

bool equals(const std::string& value, const std::string& word) {
  if (value == word) return true;
  const auto a = decimal(value), b = decimal(word);
  return a && b && *a == *b;
}

bool holds(const Test& test, const std::string& value) {
  const auto fits = [&](const std::string& word) {
    return test.relation == Test::Relation::Equals ? equals(value, word)
                                                   : value.find(word) != std::string::npos;
  };
  return std::all_of(test.words.begin(), test.words.end(), [&](const auto& words) {
    return std::any_of(words.begin(), words.end(), fits);
  });
}

// What stands in sequences is looked for there too; the equipment's own attributes are not.
bool holds_in(const Test& test, const dicom::File& file,
              const std::vector<dicom::Element>& elements) {
  return std::any_of(elements.begin(), elements.end(), [&](const dicom::Element& element) {
    if (element.tag == test.tag && element.shape == dicom::Element::Shape::Value &&
        holds(test, upper(dicom::trimmed_text(element))))
      return true;
    return std::any_of(element.items.begin(), element.items.end(), [&](const dicom::Item& item) {
      return holds_in(test, file, item.elements);
    });
  });
}

bool is_named(Tag tag) {
  return std::any_of(std::begin(kTexts), std::end(kTexts),
                     [&](const Named& named) { return named.tag == tag; });
}

bool matches(const Test& test, const dicom::File& file) {
  if (test.tag == kImplementationVersionName)
    return holds(test, upper(file.meta.implementation_version_name));
  if (test.tag == kNumbers[0].tag || test.tag == kNumbers[1].tag) {
    const auto number = dicom::integer_of(file, test.tag);
    return number && holds(test, std::to_string(*number));
  }
  if (is_named(test.tag)) return holds(test, upper(dicom::text_of(file.elements, test.tag)));
  return holds_in(test, file, file.elements);
}

}  // namespace

base::Result<Rule> parse_rule(std::string_view row, std::string_view name) {
  return Row(row, name).parse();
}

bool is_flagged(std::string_view row) { return row.find("likely-typo") != std::string_view::npos; }

base::Result<Rules> Rules::create(const std::vector<std::string>& site_rows) {
  Rules rules;
  for (const auto row : compiled_rows())
    if (!is_flagged(row)) rules.rules_.push_back(TRY(parse_rule(row, "of the table")));
  for (std::size_t i = 0; i < site_rows.size(); ++i)
    rules.rules_.push_back(TRY(parse_rule(site_rows[i], std::to_string(i + 1))));
  return rules;
}

std::vector<const Rule*> Rules::matching(const dicom::File& file) const {
  std::vector<const Rule*> found;
  for (const auto& rule : rules_)
    if (std::all_of(rule.tests.begin(), rule.tests.end(),
                    [&](const Test& test) { return matches(test, file); }))
      found.push_back(&rule);
  return found;
}

}  // namespace pixels
