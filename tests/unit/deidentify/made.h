// Files made by hand, and what the engine makes of them.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "deidentify/engine.h"
#include "deidentify/values.h"
#include "dicom/read.h"
#include "dicom/write.h"

namespace made {

using deidentify::Option;
using dicom::Element;
using dicom::Tag;
using dicom::VR;

inline constexpr const char* kCT = "1.2.840.10008.5.1.4.1.1.2";
inline constexpr const char* kEnhancedCT = "1.2.840.10008.5.1.4.1.1.2.1";
inline constexpr const char* kEnhancedMR = "1.2.840.10008.5.1.4.1.1.4.1";
inline constexpr const char* kPET = "1.2.840.10008.5.1.4.1.1.128";
inline constexpr const char* kXA = "1.2.840.10008.5.1.4.1.1.12.1";
inline constexpr const char* kRTPlan = "1.2.840.10008.5.1.4.1.1.481.5";
inline constexpr const char* kGSPS = "1.2.840.10008.5.1.4.1.1.11.1";
inline constexpr const char* kUid = "1.2.826.0.1.3680043.9.9999.1.100.1";
inline constexpr const char* kMappedUid = "2.25.25505283428271869589171476869861221008";

inline Element text(Tag tag, VR vr, std::string_view value) {
  return deidentify::text_element(tag, vr, value);
}

inline Element sequence(Tag tag, std::vector<Element> item) {
  Element element;
  element.tag = tag;
  element.vr = VR("SQ");
  element.shape = Element::Shape::Sequence;
  element.items.push_back({std::move(item)});
  return element;
}

inline Element bytes(Tag tag, VR vr, base::Bytes value) {
  Element element;
  element.tag = tag;
  element.vr = vr;
  element.value = std::move(value);
  return element;
}

inline Element number(Tag tag, std::uint16_t value) {
  return bytes(tag, "US",
               {static_cast<std::uint8_t>(value & 0xFF), static_cast<std::uint8_t>(value >> 8)});
}

// One row as long as the pixel data, where the header says nothing else.
inline void measure(dicom::File& file) {
  const auto add = [&](Tag tag, std::uint64_t value) {
    if (!dicom::find(file.elements, tag))
      deidentify::put(file.elements, number(tag, static_cast<std::uint16_t>(value)));
  };
  const auto* pixels = dicom::find(file.elements, {0x7FE0, 0x0010});
  if (!pixels) return;
  const auto size = pixels->value.size();
  add({0x0028, 0x0100}, 16);
  const auto bits = dicom::integer_of(file, {0x0028, 0x0100}).value_or(16);
  add({0x0028, 0x0010}, 1);
  add({0x0028, 0x0011}, std::max<std::uint64_t>(1, size * 8 / static_cast<std::uint64_t>(bits)));
}

// A CT (or another class) with what every instance has, and more.
inline dicom::File instance(std::vector<Element> more, const char* sop_class = kCT) {
  dicom::File file;
  file.syntax = dicom::transfer_syntax("1.2.840.10008.1.2.1");
  file.meta = {sop_class, kUid, "1.2.840.10008.1.2.1", "SENDER_AE_X", "OURS_AE_X"};
  auto& elements = file.elements;
  using deidentify::put;
  put(elements, text({0x0008, 0x0008}, "CS", "ORIGINAL\\PRIMARY\\AXIAL"));
  put(elements, text({0x0008, 0x0016}, "UI", sop_class));
  put(elements, text({0x0008, 0x0018}, "UI", kUid));
  put(elements, text({0x0008, 0x0060}, "CS", "CT"));
  put(elements, text({0x0010, 0x0010}, "PN", "VANDERMOLEN^WILHELMINA"));
  put(elements, text({0x0010, 0x0020}, "LO", "MRN-7734-XQ"));
  put(elements, text({0x0020, 0x000D}, "UI", "1.2.826.0.1.3680043.9.9999.1.100"));
  put(elements, text({0x0028, 0x0004}, "CS", "MONOCHROME2"));
  put(elements, bytes({0x7FE0, 0x0010}, "OW", {1, 2, 3, 4, 5, 6, 7, 8}));
  for (auto& element : more) put(elements, std::move(element));
  measure(file);
  return file;
}

inline base::SecretBytes key(std::uint8_t first = 0) {
  base::Bytes bytes;
  for (std::uint8_t i = 0; i < 32; ++i) bytes.push_back(static_cast<std::uint8_t>(first + i));
  return base::SecretBytes(std::move(bytes));
}

inline deidentify::PatientMap map() {
  return deidentify::patient_map(key(), "MRN-7734-XQ", "", "1.2.3");
}

// Reads what it was told to, whatever the picture.
class Reader : public recognize::Reader {
 public:
  explicit Reader(std::vector<std::vector<std::string>> pages = {}) : pages_(std::move(pages)) {}
  base::Result<std::vector<std::string>> read(const recognize::Picture& picture,
                                              std::chrono::milliseconds) override {
    seen.push_back(picture);
    if (fault) return *fault;
    return seen.size() > pages_.size() ? std::vector<std::string>() : pages_[seen.size() - 1];
  }
  std::vector<recognize::Picture> seen;
  std::optional<base::Fault> fault;

 private:
  std::vector<std::vector<std::string>> pages_;  // one a picture, then nothing
};

inline deidentify::Outcome run_with(const dicom::File& file, const deidentify::Choices& choices,
                                    recognize::Reader* reader) {
  auto engine = deidentify::Engine::create(choices, map(), identity::collect(file), reader);
  if (!engine) return {};
  const base::Bytes none;
  auto outcome = engine.value().rewrite(file, dicom::MemorySource(none));
  return outcome ? std::move(outcome).value() : deidentify::Outcome{};
}

inline deidentify::Outcome run_with(const dicom::File& file, const deidentify::Choices& choices) {
  Reader reader;
  return run_with(file, choices, &reader);
}

inline deidentify::Outcome run(const dicom::File& file, std::set<Option> options = {}) {
  return run_with(file, {std::move(options), {}, {}});
}

inline std::string value(const deidentify::Outcome& outcome, Tag tag) {
  const auto* element = dicom::find(outcome.file.elements, tag);
  return element ? dicom::trimmed_text(*element) : "absent";
}

inline const Element* element(const deidentify::Outcome& outcome, Tag tag) {
  return dicom::find(outcome.file.elements, tag);
}

inline base::Bytes written(const deidentify::Outcome& outcome) {
  const base::Bytes none;
  dicom::MemorySink sink;
  if (!dicom::write_file(outcome.file, dicom::MemorySource(none), sink)) return {};
  return sink.take();
}

}  // namespace made
