// What a condition may look at: names of attributes to tag paths, with help for the misspelt.
#include <algorithm>
#include <array>
#include <iterator>

#include "dicom/tag.h"
#include "route/condition.h"

namespace route {
namespace {

using dicom::Tag;

struct Word {
  std::string_view name;
  Subject::Source source;
};
constexpr std::array<Word, 4> kWords{{{"called_ae_title", Subject::Source::CalledAETitle},
                                      {"calling_ae_title", Subject::Source::CallingAETitle},
                                      {"caller_address", Subject::Source::CallerAddress},
                                      {"sop_class", Subject::Source::SOPClass}}};
constexpr std::size_t kMaxNameLength = 256;
constexpr std::size_t kMaxPathDepth = 8;

// PS3.3 C.7.1.1, C.7.1.3, C.7.2.1 to C.7.2.3, beside the groups 0010 and 0012.
constexpr Tag kStudyLevel[] = {
    {0x0008, 0x0020}, {0x0008, 0x0030}, {0x0008, 0x0050}, {0x0008, 0x0051}, {0x0008, 0x0090},
    {0x0008, 0x0096}, {0x0008, 0x009C}, {0x0008, 0x009D}, {0x0008, 0x1030}, {0x0008, 0x1032},
    {0x0008, 0x1048}, {0x0008, 0x1049}, {0x0008, 0x1060}, {0x0008, 0x1062}, {0x0008, 0x1080},
    {0x0008, 0x1084}, {0x0008, 0x1110}, {0x0020, 0x000D}, {0x0020, 0x0010}, {0x0032, 0x1033},
    {0x0032, 0x1066}, {0x0032, 0x1067}, {0x0038, 0x0010}, {0x0038, 0x0014}, {0x0038, 0x0060},
    {0x0038, 0x0062}, {0x0038, 0x0064}, {0x0038, 0x0500}, {0x0040, 0x1012},
};
// Of those groups, what belongs to the series or the image.
constexpr Tag kNotStudyLevel[] = {
    {0x0010, 0x2210}, {0x0010, 0x9431}, {0x0012, 0x0060}, {0x0012, 0x0071}, {0x0012, 0x0072}};

template <std::size_t N>
bool holds(const Tag (&tags)[N], Tag tag) {
  return std::find(std::begin(tags), std::end(tags), tag) != std::end(tags);
}

std::string folded(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c != '_') text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

// "SOPClassUID" as "sop_class_uid".
std::string snake_case(std::string_view keyword) {
  std::string text;
  for (std::size_t i = 0; i < keyword.size(); ++i) {
    const bool begins_word =
        i > 0 && is_upper(keyword[i]) &&
        (!is_upper(keyword[i - 1]) || (i + 1 < keyword.size() && !is_upper(keyword[i + 1])));
    if (begins_word) text += '_';
    text += is_upper(keyword[i]) ? static_cast<char>(keyword[i] - 'A' + 'a') : keyword[i];
  }
  return text;
}

// "study_description" as "StudyDescription": most keywords are spelt so.
std::string pascal_case(const std::string& name) {
  std::string text;
  bool begins_word = true;
  for (const char c : name) {
    const bool lower = c >= 'a' && c <= 'z';
    if (c != '_') text += begins_word && lower ? static_cast<char>(c - 'a' + 'A') : c;
    begins_word = c == '_';
  }
  return text;
}

base::Fault unknown(const std::string& name, std::string_view nearest) {
  std::string what = "unknown attribute '" + name + "'";
  if (!nearest.empty()) {
    const bool snake = !std::any_of(name.begin(), name.end(), is_upper);
    what += "; did you mean '" + (snake ? snake_case(nearest) : std::string(nearest)) + "'?";
  }
  return base::reject("route.subject", what);
}

base::Result<Tag> find_attribute(const std::string& name) {
  if (name.starts_with('(') || name.find(',') != name.npos) {
    const auto tag = dicom::parse_tag(name);
    if (!tag)
      return base::reject("route.subject",
                          "'" + name + "' is no tag; write \"(gggg,eeee)\", in quotes");
    return *tag;
  }
  if (const auto* entry = dicom::find_entry(std::string_view(name))) return entry->tag;
  const std::string pascal = pascal_case(name);
  if (const auto* entry = dicom::find_entry(std::string_view(pascal))) return entry->tag;
  const std::string plain = folded(name);
  const std::string_view nearest = dicom::nearest_keyword(plain);
  if (nearest.empty() || folded(nearest) != plain) return unknown(name, nearest);
  return dicom::find_entry(nearest)->tag;
}

std::string vr_of(Tag tag) {
  const auto* entry = dicom::find_entry(tag);
  return entry == nullptr ? "" : entry->vr.str();
}

std::string hex(Tag tag) {
  const std::string text = dicom::to_string(tag);
  return text.substr(1, 4) + text.substr(6, 4);
}

// Which attributes a condition can compare at all.
base::Status check_part(const std::string& name, Tag tag, bool last) {
  const std::string vr = vr_of(tag);
  if (tag.group < 8) {
    return base::reject("route.subject", "'" + name + "' is not part of the data set");
  }
  if (!last && !vr.empty() && vr != "SQ") {
    return base::reject("route.subject", "'" + name + "' is no sequence; nothing lies within it");
  }
  if (last && vr == "SQ") {
    return base::reject("route.subject",
                        "'" + name + "' is a sequence; name an attribute in it after a '.'");
  }
  const bool binary = vr.size() == 2 && vr[0] == 'O';
  if (last && binary)
    return base::reject("route.subject", "'" + name + "' holds no text or number");
  return base::Done{};
}

Tag first_tag(const std::string& path) {
  return dicom::parse_tag(std::string_view(path).substr(0, 8)).value_or(Tag{});
}

}  // namespace

base::Result<Subject> parse_subject(const std::string& name) {
  for (const Word& word : kWords) {
    if (word.name == name) return Subject{word.source, "", name};
  }
  if (name.size() > kMaxNameLength) return base::reject("route.subject", "the name is too long");
  Subject subject{Subject::Source::Attribute, "", name};
  std::size_t begin = 0;
  for (std::size_t depth = 1;; ++depth) {
    const std::size_t dot = name.find('.', begin);
    const std::string part = name.substr(begin, dot == name.npos ? dot : dot - begin);
    const Tag tag = TRY(find_attribute(part));
    TRY(check_part(part, tag, dot == name.npos));
    subject.path += (depth == 1 ? "" : ">") + hex(tag);
    if (dot == name.npos) return subject;
    if (depth == kMaxPathDepth) return base::reject("route.subject", "the path is too deep");
    begin = dot + 1;
  }
}

bool is_study_level(const Subject& subject) {
  if (subject.source != Subject::Source::Attribute) return false;
  const Tag tag = first_tag(subject.path);
  if (tag.group == 0x0010 || tag.group == 0x0012) return !holds(kNotStudyLevel, tag);
  return holds(kStudyLevel, tag);
}

std::string value_representation(const Subject& subject) {
  if (subject.source != Subject::Source::Attribute) return "";
  const std::size_t last = subject.path.rfind('>');
  return vr_of(first_tag(last == subject.path.npos ? subject.path : subject.path.substr(last + 1)));
}

}  // namespace route
