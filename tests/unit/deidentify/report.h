// Content trees of structured reports made by hand.
#pragma once

#include "made.h"

namespace made {

inline Element code(Tag tag, std::string_view value, std::string_view scheme,
                    std::string_view meaning) {
  return sequence(tag, {text({0x0008, 0x0100}, "SH", value), text({0x0008, 0x0102}, "SH", scheme),
                        text({0x0008, 0x0104}, "LO", meaning)});
}

struct Concept {
  std::string_view value;
  std::string_view scheme;
};

// The attribute that holds what an item of that type says, with something to be taken away.
inline std::vector<Element> saying(std::string_view type) {
  if (type == "TEXT") return {text({0x0040, 0xA160}, "UT", "Mrs Quillfeather has a 9 mm nodule")};
  if (type == "PNAME") return {text({0x0040, 0xA123}, "PN", "QUILLFEATHER^ADA")};
  if (type == "DATE") return {text({0x0040, 0xA121}, "DA", "20230517")};
  if (type == "TIME") return {text({0x0040, 0xA122}, "TM", "101502")};
  if (type == "DATETIME") return {text({0x0040, 0xA120}, "DT", "20230517101502")};
  if (type == "UIDREF") return {text({0x0040, 0xA124}, "UI", kUid)};
  if (type == "CODE") return {code({0x0040, 0xA168}, "F", "DCM", "Female")};
  if (type == "NUM")
    return {sequence({0x0040, 0xA300}, {code({0x0040, 0x08EA}, "mm", "UCUM", "mm"),
                                        text({0x0040, 0xA30A}, "DS", "9")})};
  if (type == "CONTAINER") return {text({0x0040, 0xA050}, "CS", "SEPARATE")};
  return {sequence({0x0008, 0x1199},
                   {text({0x0008, 0x1150}, "UI", kCT), text({0x0008, 0x1155}, "UI", kUid)})};
}

inline std::vector<Element> content_item(std::string_view type, Concept name,
                                         std::vector<Element> more = {},
                                         std::string_view relationship = "CONTAINS") {
  std::vector<Element> item;
  deidentify::put(item, text({0x0040, 0xA010}, "CS", relationship));
  deidentify::put(item, text({0x0040, 0xA040}, "CS", type));
  deidentify::put(item, code({0x0040, 0xA043}, name.value, name.scheme, "concept"));
  for (auto& element : saying(type)) deidentify::put(item, std::move(element));
  for (auto& element : more) deidentify::put(item, std::move(element));
  return item;
}

inline Element content(std::vector<std::vector<Element>> items) {
  Element element;
  element.tag = {0x0040, 0xA730};
  element.vr = VR("SQ");
  element.shape = Element::Shape::Sequence;
  for (auto& item : items) element.items.push_back({std::move(item)});
  return element;
}

inline constexpr const char* kComprehensiveSR = "1.2.840.10008.5.1.4.1.1.88.33";

inline dicom::File report(std::vector<std::vector<Element>> items,
                          const char* sop_class = kComprehensiveSR) {
  auto file =
      instance({text({0x0008, 0x0060}, "CS", "SR"), text({0x0040, 0xA040}, "CS", "CONTAINER"),
                code({0x0040, 0xA043}, "126000", "DCM", "Imaging Measurement Report"),
                text({0x0040, 0xA050}, "CS", "SEPARATE"), content(std::move(items))},
               sop_class);
  std::erase_if(file.elements, [](const Element& one) {
    return one.tag.group == 0x7FE0 || one.tag.group == 0x0028 || one.tag == Tag{0x0008, 0x0008};
  });
  return file;
}

// Items of the content in what was made of a report; empty when there is none.
inline std::vector<dicom::Item> items(const deidentify::Outcome& outcome) {
  const auto* found = element(outcome, {0x0040, 0xA730});
  return found ? found->items : std::vector<dicom::Item>();
}

}  // namespace made
