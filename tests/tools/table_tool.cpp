// table_tool FILE OPTIONS...   What the engine does to each attribute of FILE when a row of the
// compiled Table E.1-1 is taken out or one cell of it is changed. OPTIONS: sets to run under,
// "a,b"; "" is the profile alone. The table is replaced at run time: the link wraps
// tables::profile() (cmake/tests.cmake). For each change one line, tab-separated: tag, what was
// changed, "seen" or "unseen".
#include <bit>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "deidentify/engine.h"
#include "deidentify/options.h"
#include "deidentify/tables.h"
#include "dicom/read.h"
#include "identity/identifiers.h"

using deidentify::Engine;
using deidentify::tables::Basic;
using deidentify::tables::ProfileRow;

std::span<const ProfileRow> compiled_profile() __asm__("__real__ZN10deidentify6tables7profileEv");
std::span<const ProfileRow> changed_profile() __asm__("__wrap__ZN10deidentify6tables7profileEv");

namespace {

constexpr int kColumns = 10;

std::vector<ProfileRow>& table() {
  static std::vector<ProfileRow> rows(compiled_profile().begin(), compiled_profile().end());
  return rows;
}

struct Run {
  std::uint16_t columns;
  Engine engine;
};

struct Subject {
  dicom::File whole;
  base::Bytes bytes;
  std::vector<dicom::Element> always;  // what every instance needs
};

int fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  return 1;
}

std::uint32_t number(dicom::Tag tag) {
  return static_cast<std::uint32_t>(tag.group) << 16 | tag.element;
}

bool is_always(dicom::Tag tag) {
  const auto wanted = number(tag);
  return wanted == 0x00080016 || wanted == 0x00080018 || wanted == 0x00100020 ||
         wanted == 0x0020000D;
}

void add_text(const dicom::Element& element, std::string& text) {
  text += dicom::to_string(element.tag) + std::string(element.vr.letters, 2);
  text.append(element.value.begin(), element.value.end());
  for (const auto& item : element.items) {
    text += '[';
    for (const auto& inner : item.elements) add_text(inner, text);
  }
}

// What became of one attribute in an instance that has nothing else.
std::string effect(const Run& run, const Subject& subject, const dicom::Element& element) {
  dicom::File file;
  file.meta = subject.whole.meta;
  file.syntax = subject.whole.syntax;
  for (const auto& one : subject.always)
    if (one.tag != element.tag) file.elements.push_back(one);
  const auto at = std::find_if(file.elements.begin(), file.elements.end(),
                               [&](const dicom::Element& one) { return element.tag < one.tag; });
  file.elements.insert(at, element);
  auto outcome = run.engine.rewrite(file, dicom::MemorySource(subject.bytes));
  if (!outcome) return "fault";
  if (!outcome.value().released) return outcome.value().reason;
  std::string text;
  const auto* now = dicom::find(outcome.value().file.elements, element.tag);
  if (now != nullptr) add_text(*now, text);
  return text;
}

// A cell whose outcome differs from that of `row`, whatever the Type of the attribute.
Basic other(const ProfileRow& row) {
  const auto telling = row.vr == "SQ" ? Basic::D : Basic::U;
  return row.basic == telling ? Basic::X : telling;
}

class Changes {
 public:
  Changes(const std::vector<Run>& runs, const Subject& subject, const dicom::Element& element)
      : runs_(&runs), subject_(&subject), element_(&element) {
    for (const auto& run : runs) before_.push_back(effect(run, subject, element));
    at_ = std::find_if(table().begin(), table().end(),
                       [&](const ProfileRow& row) { return row.tag == number(element.tag); });
  }
  void all() {
    const ProfileRow row = *at_;
    const auto place = at_ - table().begin();
    table().erase(at_);
    report("row", 0);
    at_ = table().insert(table().begin() + place, row);
    at_->basic = other(row);
    report("basic", 0);
    *at_ = row;
    for (int bit = 0; bit < kColumns; ++bit) column(row, static_cast<std::uint16_t>(1 << bit), bit);
  }

 private:
  void column(const ProfileRow& row, std::uint16_t mask, int bit) {
    const bool empty = ((row.keeps | row.cleans) & mask) == 0;
    at_->keeps = static_cast<std::uint16_t>(empty ? row.keeps | mask : row.keeps & ~mask);
    at_->cleans = static_cast<std::uint16_t>(row.cleans & ~mask);
    const char* was = empty ? "empty" : (row.keeps & mask) != 0 ? "K" : "C";
    report("column " + std::to_string(bit) + " was " + was, mask);
    *at_ = row;
  }
  void report(const std::string& what, std::uint16_t mask) {
    std::printf("%08X\t%s\t%s\n", number(element_->tag), what.c_str(),
                is_seen(mask) ? "seen" : "unseen");
  }
  bool is_seen(std::uint16_t mask) {
    for (std::size_t i = 0; i < runs_->size(); ++i) {
      if (mask != 0 && ((*runs_)[i].columns & mask) == 0) continue;
      if (effect((*runs_)[i], *subject_, *element_) != before_[i]) return true;
    }
    return false;
  }

  const std::vector<Run>* runs_;
  const Subject* subject_;
  const dicom::Element* element_;
  std::vector<std::string> before_;
  std::vector<ProfileRow>::iterator at_;
};

base::Result<Run> run_under(std::string words) {
  std::set<deidentify::Option> options;
  words += ',';
  for (std::size_t at = 0, end; (end = words.find(',', at)) != std::string::npos; at = end + 1)
    if (const auto option = deidentify::parse_option(words.substr(at, end - at)))
      options.insert(*option);
  base::Bytes key(32, 7);
  auto map = deidentify::patient_map(base::SecretBytes(std::move(key)), "MRN-7734-XQ", "", "1.2.3");
  // Without identifiers: the residual scan would mend what a wrong table lets through.
  auto engine = TRY(Engine::create({options, {}}, std::move(map), identity::Identifiers()));
  return Run{deidentify::columns_of(options), std::move(engine)};
}

}  // namespace

std::span<const ProfileRow> changed_profile() { return table(); }

int main(int argc, char** argv) {
  if (argc < 3) return fail("usage: table_tool FILE OPTIONS...");
  Subject subject;
  std::ifstream in(argv[1], std::ios::binary);
  subject.bytes.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  auto file = dicom::read_file(dicom::MemorySource(subject.bytes));
  if (!file) return fail(file.fault().what);
  subject.whole = std::move(file).value();
  for (const auto& element : subject.whole.elements)
    if (is_always(element.tag)) subject.always.push_back(element);
  std::vector<Run> runs;
  for (int i = 2; i < argc; ++i) {
    auto run = run_under(argv[i]);
    if (!run) return fail(run.fault().what);
    runs.push_back(std::move(run).value());
  }
  for (const auto& element : subject.whole.elements)
    if (deidentify::tables::find_profile(element.tag) != nullptr)
      Changes(runs, subject, element).all();
  return 0;
}
