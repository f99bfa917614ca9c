#include "deidentify/import_ctp.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "deidentify/ctp_signature.h"

namespace deidentify {
namespace {

enum Cell {
  kModality,
  kManufacturer,
  kModel,
  kRows,
  kColumns,
  kImageType,
  kSeries,
  kBurnedIn,
  kOther
};
constexpr std::size_t kCells = kOther + 1;
constexpr std::string_view kKeywords[] = {
    "Modality", "Manufacturer", "ManufacturerModelName", "Rows",
    "Columns",  "ImageType",    "SeriesDescription",     "BurnedInAnnotation"};
using Cells = std::array<std::string, kCells>;

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

// What may not stand in a word of a rule.
std::string unspeakable(const CtpTest& test) {
  if (test.word.empty()) return "an empty value of " + test.keyword;
  const auto special = test.keyword == "ImageType" ? "|&;+\t" : "|&;\t";
  const auto found = test.word.find_first_of(special);
  if (found != std::string::npos || test.word[0] == '~' || test.word[0] == '=')
    return "a value of " + test.keyword +
           " with a sign that rules use themselves (| & ; a tab, + in ImageType, = or ~ in front)";
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  if (std::any_of(test.word.begin(), test.word.end(), control))
    return "a control character in a value of " + test.keyword;
  return "";
}

void add_other(Cells& cells, const CtpTest& test) {
  auto& other = cells[kOther];
  other += (other.empty() ? "" : ";") + test.keyword + test.sign + test.word;
}

// The complaint, or "".
std::string add(Cells& cells, const CtpTest& test) {
  if (auto why = unspeakable(test); !why.empty())
    return why + " cannot be expressed in a device rule";
  const auto* found = std::find(std::begin(kKeywords), std::end(kKeywords), test.keyword);
  if (found == std::end(kKeywords)) {
    add_other(cells, test);
    return "";
  }
  const auto index = found - std::begin(kKeywords);
  auto& cell = cells[static_cast<std::size_t>(index)];
  if (index == kRows || index == kColumns) {
    if (test.sign != '=' || !is_number(test.word))
      return test.keyword + " other than equal to a number cannot be expressed in a device rule";
    if (!cell.empty() && cell != test.word) return test.keyword + " of two numbers at once";
    cell = test.word;
  } else if (cell.empty()) {
    cell = test.sign + test.word;
  } else {
    add_other(cells, test);
  }
  return "";
}

class Script {
 public:
  explicit Script(std::string_view text) : text_(text) {}
  Imported import();

 private:
  struct Region {
    std::array<std::uint16_t, 4> numbers;  // x, y, width, height
    std::uint32_t line;
  };

  void section();
  void region();
  void finish();
  void write(const Cells& cells, std::size_t alternative, const Region& region, std::size_t number);
  std::optional<std::array<std::uint16_t, 4>> numbers(std::string_view inside) const;
  std::size_t closing_brace() const;
  std::uint32_t line_of(std::size_t at) const {
    return 1 + static_cast<std::uint32_t>(std::count(
                   text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  }
  void complain(std::size_t at, std::string what) {
    imported_.complaints.push_back({line_of(at), std::move(what)});
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Imported imported_;
  bool in_section_ = false;
  bool any_region_ = false;
  std::size_t opened_ = 0;  // where the section's signature stands
  std::size_t sections_ = 0;
  std::vector<Cells> alternatives_;
  std::vector<Region> regions_;
};

Imported Script::import() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '{') {
      section();
    } else if (c == '(') {
      region();
    } else {
      if (c == '}' || c == ')') complain(at_, std::string("a ") + c + " without its beginning");
      ++at_;
    }
  }
  finish();
  if (sections_ == 0 && imported_.complaints.empty()) complain(0, "there is no signature in it");
  if (!imported_.complaints.empty()) imported_.rows.clear();
  return std::move(imported_);
}

// Braces between quotation marks are of the value.
std::size_t Script::closing_brace() const {
  bool quoted = false;
  for (auto at = at_ + 1; at < text_.size(); ++at) {
    if (quoted && text_[at] == '\\') {
      ++at;
    } else if (text_[at] == '"') {
      quoted = !quoted;
    } else if (!quoted && (text_[at] == '}' || text_[at] == '{')) {
      return text_[at] == '}' ? at : text_.size();
    }
  }
  return text_.size();
}

void Script::section() {
  finish();
  in_section_ = true;
  ++sections_;
  opened_ = at_;
  const auto end = closing_brace();
  if (end == text_.size()) {
    complain(at_, "a signature without its }");
    in_section_ = false;
    at_ = end;
    return;
  }
  CtpSignature signature(text_.substr(at_ + 1, end - at_ - 1));
  const auto parsed = signature.parse();
  if (!parsed) complain(at_ + 1 + signature.offset(), signature.complaint());
  for (const auto& conjunction : parsed.value_or(Alternatives{})) {
    Cells cells;
    for (const auto& test : conjunction)
      if (auto why = add(cells, test); !why.empty()) complain(at_, why);
    alternatives_.push_back(std::move(cells));
  }
  at_ = end + 1;
}

std::optional<std::array<std::uint16_t, 4>> Script::numbers(std::string_view inside) const {
  std::array<std::uint16_t, 4> four{};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto comma = inside.find(',');
    if ((comma == std::string_view::npos) != (i == 3)) return std::nullopt;
    auto one = inside.substr(0, comma);
    while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
    while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
    const auto [behind, error] = std::from_chars(one.data(), one.data() + one.size(), four[i]);
    if (error != std::errc() || behind != one.data() + one.size()) return std::nullopt;
    inside = comma == std::string_view::npos ? "" : inside.substr(comma + 1);
  }
  return four[2] != 0 && four[3] != 0 ? std::optional(four) : std::nullopt;
}

void Script::region() {
  const auto end = std::min(text_.find(')', at_), text_.size());
  const auto four = numbers(text_.substr(at_ + 1, end == text_.size() ? 0 : end - at_ - 1));
  any_region_ = true;
  if (!in_section_)
    complain(at_, "a region without a signature before it");
  else if (!four)
    complain(at_, "a region like (x,y,width,height) is expected, of numbers up to 65535");
  else
    regions_.push_back({*four, line_of(at_)});
  at_ = end == text_.size() ? end : end + 1;
}

void Script::finish() {
  if (in_section_ && !any_region_) complain(opened_, "a signature without a region");
  for (std::size_t i = 0; i < alternatives_.size(); ++i)
    for (std::size_t j = 0; j < regions_.size(); ++j)
      write(alternatives_[i], i + 1, regions_[j], j + 1);
  in_section_ = any_region_ = false;
  alternatives_.clear();
  regions_.clear();
}

void Script::write(const Cells& cells, std::size_t alternative, const Region& region,
                   std::size_t number) {
  std::string row = "CTP-" + std::to_string(sections_) + "." + std::to_string(alternative) + "." +
                    std::to_string(number) + "\timported";
  for (const auto& cell : cells) row += "\t" + cell;
  for (const auto one : region.numbers) row += "\t" + std::to_string(one);
  imported_.rows.push_back(row + "\tCTP script\tline " + std::to_string(region.line));
}

}  // namespace

Imported import_ctp(std::string_view script) { return Script(script).import(); }

}  // namespace deidentify
