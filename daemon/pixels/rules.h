// Where devices burn text into their images: rows as in config/deidentify/burned_in_regions.tsv.
// The house's own are compiled in; rows marked likely-typo never match a device and are left out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dicom/data_set.h"
#include "pixels/mask.h"

namespace pixels {

// Comparisons are of upper case: "=US" is the whole value, "~GE MEDICAL" is contained,
// "~AAA|Report" one of them is contained, "~GE&~GE MEDICAL" or "~DERIVED+SECONDARY" all are.
struct Test {
  enum class Relation : std::uint8_t { Equals, Contains };
  dicom::Tag tag;
  Relation relation = Relation::Contains;
  std::vector<std::vector<std::string>> words;  // every one of these, each by any of its words
};

struct Rule {
  std::string id;
  std::vector<Test> tests;  // all must hold
  Rectangle rectangle;
};

// A row: 17 columns between tabs, the last two (source, note) may be left out. Strict: an unknown
// attribute, sign or number is Reject, told by the row's id or `name`.
base::Result<Rule> parse_rule(std::string_view row, std::string_view name);

class Rules {
 public:
  // The compiled rows and those of the site.
  static base::Result<Rules> create(const std::vector<std::string>& site_rows);
  std::vector<const Rule*> matching(const dicom::File& file) const;

 private:
  std::vector<Rule> rules_;
};

// The rows of the table as they stand there, without its head; flagged ones too.
std::vector<std::string_view> compiled_rows();
bool is_flagged(std::string_view row);  // likely-typo

}  // namespace pixels
