#include <algorithm>
#include <array>
#include <functional>

#include "dicom/charset.h"
#include "identity/fold.h"
#include "identity/identifiers.h"
#include "identity/terms.h"
#include "identity/uids.h"

namespace identity {
namespace {

using dicom::Element;
using dicom::Tag;
using dicom::VR;

struct Role {
  Tag tag;
  Kind kind;
};
// Attributes whose whole value identifies.
constexpr Role kNumbers[] = {{{0x0008, 0x0050}, Kind::Id},     {{0x0008, 0x1000}, Kind::Device},
                             {{0x0008, 0x1010}, Kind::Device}, {{0x0010, 0x0020}, Kind::Id},
                             {{0x0010, 0x1000}, Kind::Id},     {{0x0010, 0x1050}, Kind::Id},
                             {{0x0010, 0x1090}, Kind::Id},     {{0x0010, 0x2154}, Kind::Id},
                             {{0x0008, 0x0094}, Kind::Id},     {{0x0018, 0x1000}, Kind::Device},
                             {{0x0018, 0x1008}, Kind::Device}, {{0x0018, 0x700A}, Kind::Device},
                             {{0x0018, 0x1004}, Kind::Device}, {{0x0018, 0x1005}, Kind::Device},
                             {{0x0018, 0x1007}, Kind::Device}, {{0x0020, 0x0010}, Kind::Id},
                             {{0x0032, 0x0012}, Kind::Id},     {{0x0038, 0x0010}, Kind::Id},
                             {{0x0038, 0x0060}, Kind::Id},     {{0x0040, 0x0009}, Kind::Id},
                             {{0x0040, 0x0253}, Kind::Id},     {{0x0040, 0x1001}, Kind::Id},
                             {{0x0040, 0x1006}, Kind::Id},     {{0x0040, 0x1007}, Kind::Id},
                             {{0x0040, 0x1010}, Kind::Id},     {{0x0040, 0x2006}, Kind::Id},
                             {{0x0040, 0x2007}, Kind::Id},     {{0x0040, 0x2010}, Kind::Id},
                             {{0x0040, 0x2016}, Kind::Id},     {{0x0040, 0x2017}, Kind::Id},
                             {{0x0040, 0x0010}, Kind::Device}, {{0x0040, 0x0242}, Kind::Device},
                             {{0x0008, 0x0055}, Kind::Device}, {{0x0040, 0x0001}, Kind::Device},
                             {{0x0040, 0x0241}, Kind::Device}, {{0x0012, 0x0040}, Kind::Id},
                             {{0x0400, 0x0563}, Kind::Device}};
// Attributes whose words identify.
constexpr Role kTexts[] = {
    {{0x0008, 0x0080}, Kind::Institution}, {{0x0008, 0x0081}, Kind::Institution},
    {{0x0008, 0x0092}, Kind::Word},        {{0x0008, 0x1040}, Kind::Institution},
    {{0x0010, 0x1040}, Kind::Word},        {{0x0010, 0x2299}, Kind::Word},
    {{0x0032, 0x1033}, Kind::Institution}, {{0x0038, 0x0300}, Kind::Institution},
    {{0x0038, 0x0400}, Kind::Institution}, {{0x0040, 0x0243}, Kind::Institution},
    {{0x0010, 0x2155}, Kind::Word}};
constexpr Tag kBirthDate{0x0010, 0x0030};
// Days in the life of a device, which go and stay with its identity.
constexpr Tag kDeviceDays[] = {{0x0014, 0x407E}, {0x0018, 0x1200}, {0x0018, 0x1202},
                               {0x0018, 0x1203}, {0x0018, 0x1204}, {0x0018, 0x1205},
                               {0x0018, 0x700C}};

std::optional<Kind> role_in(const auto& roles, Tag tag) {
  const auto found = std::find_if(std::begin(roles), std::end(roles),
                                  [&](const Role& role) { return role.tag == tag; });
  return found == std::end(roles) ? std::nullopt : std::optional(found->kind);
}

std::vector<std::string> split(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  std::string part;
  for (const char c : text) {
    if (separators.find(c) == std::string_view::npos) {
      part += c;
    } else if (!part.empty()) {
      parts.push_back(std::move(part));
      part.clear();
    }
  }
  if (!part.empty()) parts.push_back(std::move(part));
  return parts;
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.pop_back();
  text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
  return text;
}

class Collection {
 public:
  void read(const dicom::File& file) {
    walk(file.elements, {});
    for (const auto& title : {file.meta.source_ae_title, file.meta.receiving_ae_title})
      add_number(Kind::Device, title);
    add_uid(file.meta.sop_instance_uid);
  }
  std::vector<Identifier> take() {
    std::sort(list_.begin(), list_.end());
    list_.erase(std::unique(list_.begin(), list_.end()), list_.end());
    return std::move(list_);
  }

 private:
  using CharacterSet = std::vector<std::string>;

  void walk(const std::vector<Element>& elements, const CharacterSet& inherited) {
    CharacterSet own;
    const CharacterSet* set = &inherited;
    for (const auto& element : elements) {
      if (element.tag == Tag{0x0008, 0x0005}) {
        own = dicom::character_set_terms(base::as_text(element.value));
        set = &own;
      }
      for (const auto& item : element.items) walk(item.elements, *set);
      if (element.shape == Element::Shape::Value && !element.value.empty()) visit(element, *set);
    }
  }

  // By the VR that the attribute has, and by the one that it is written with: a name as UN is one.
  void visit(const Element& element, const CharacterSet& set) {
    const auto* entry = element.tag.is_private() ? nullptr : dicom::find_entry(element.tag);
    const auto is = [&](VR vr) {
      return element.vr == vr || (entry != nullptr && entry->vr == vr);
    };
    if (is(VR("DA")) || is(VR("DT"))) add_dates(element);
    if (is(VR("UI"))) return add_uids(element);
    const auto number = role_in(kNumbers, element.tag);
    const auto text = role_in(kTexts, element.tag);
    const bool name = is(VR("PN"));
    if (!number && !text && !name) return;
    const auto raw = dicom::trimmed_text(element);
    const auto decoded = dicom::to_utf8(raw, set);
    const auto utf8 = decoded ? *decoded : dicom::latin1_to_utf8(raw);
    for (const auto& value : split(utf8, "\\")) {
      if (name) add_name(value);
      if (number) add_number(*number, value);
      if (text) add_words(*text, value);
    }
  }

  void add(Kind kind, std::string text) {
    if (!text.empty()) list_.push_back({kind, std::move(text)});
  }

  // Components of all three groups; family and given name together, for those that are short or
  // also a word of the trade.
  void add_name(const std::string& value) {
    for (const auto& group : split(value, "=")) {
      const auto components = split(group, "^");
      if (components.size() >= 2)
        add(Kind::Name, fold_ascii(trimmed(components[0]) + "^" + trimmed(components[1])));
      for (const auto& component : components) {
        const auto tokens = split(component, " ,.-'()\"/");
        for (const auto& token : tokens)
          if (decode_utf8(token).size() >= 3 || !is_ascii(token))
            add(Kind::Name, fold_ascii(token));
        // "O'Neil" and "de Luca" are names, also as "oneil" and "deluca".
        if (components.size() == 1 || tokens.size() > 1) add_number(Kind::Name, component);
      }
    }
  }

  // Raw, without punctuation, digits alone.
  void add_number(Kind kind, const std::string& value) {
    const auto text = fold_ascii(trimmed(value));
    std::string alphanumeric, digits;
    for (const char c : text) {
      const auto byte = static_cast<std::uint8_t>(c);
      if (byte >= 0x80 || is_alphanumeric(byte)) alphanumeric += c;
      if (is_digit(byte)) digits += c;
    }
    if (alphanumeric.size() < 2) return;
    add(kind, text);
    add(kind, std::move(alphanumeric));
    if (digits.size() >= 5) add(kind, std::move(digits));
  }

  void add_words(Kind kind, const std::string& value) {
    for (const auto& word : split(value, " ,;:@/()[]\"'.^-\r\n\t")) {
      const auto folded = fold_ascii(word);
      if (decode_utf8(folded).size() >= 4 && !is_stop_word(fold(folded))) add(kind, folded);
    }
  }

  void add_dates(const Element& element) {
    for (const auto& value : split(dicom::trimmed_text(element), "\\-")) {
      std::string day;
      for (const char c : value.substr(0, 10))
        if (c != '.' && day.size() < 8) day += c;
      const bool whole = day.size() == 8 && day >= "18500101" && day.substr(0, 4) != "1900";
      if (whole && std::all_of(day.begin(), day.end(), [](char c) { return c >= '0' && c <= '9'; }))
        add(kind_of_day(element.tag), day);
    }
  }

  static Kind kind_of_day(Tag tag) {
    if (tag == kBirthDate) return Kind::BirthDate;
    const auto* end = std::end(kDeviceDays);
    return std::find(std::begin(kDeviceDays), end, tag) != end ? Kind::DeviceDate : Kind::Date;
  }

  void add_uids(const Element& element) {
    if (!names_instances(element.tag)) return;
    for (const auto& value : split(dicom::trimmed_text(element), "\\ ")) add_uid(value);
  }

  void add_uid(const std::string& uid) { add(Kind::Uid, searched_part(uid)); }

  // Stored as written but for case where there are only ASCII letters: fewer repeats.
  static std::string fold_ascii(const std::string& text) {
    return is_ascii(text) ? lower_case(text) : text;
  }

  std::vector<Identifier> list_;
};

}  // namespace

Identifiers collect(const dicom::File& original) {
  Collection collection;
  collection.read(original);
  return Identifiers(collection.take());
}

bool is_identifying(Tag tag, VR vr) {
  return vr == VR("PN") || vr == VR("DA") || vr == VR("DT") || vr == VR("UI") ||
         role_in(kNumbers, tag) || role_in(kTexts, tag);
}

std::string written(const Identifier& identifier) {
  return static_cast<char>('0' + static_cast<int>(identifier.kind)) + identifier.text;
}

std::optional<Identifier> parse_identifier(std::string_view written) {
  if (written.empty() || written[0] < '0' || written[0] > '0' + static_cast<int>(Kind::DeviceDate))
    return std::nullopt;
  return Identifier{static_cast<Kind>(written[0] - '0'), std::string(written.substr(1))};
}

Identifiers united(const std::vector<const Identifiers*>& all) {
  std::vector<const Identifier*> found;
  for (const Identifiers* some : all)
    for (const Identifier& identifier : some->reveal()) found.push_back(&identifier);
  const auto less = [](const Identifier* a, const Identifier* b) { return *a < *b; };
  const auto same = [](const Identifier* a, const Identifier* b) { return *a == *b; };
  std::sort(found.begin(), found.end(), less);
  found.erase(std::unique(found.begin(), found.end(), same), found.end());
  std::vector<Identifier> each;
  each.reserve(found.size());
  for (const Identifier* identifier : found) each.push_back(*identifier);
  return Identifiers(std::move(each));
}

}  // namespace identity
