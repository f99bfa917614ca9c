#include "pack/directory.h"

#include <algorithm>

#include "dicom/write.h"

namespace pack {
namespace {

using dicom::Element;
using dicom::Tag;
using dicom::VR;

constexpr const char* kMediaStorageDirectory = "1.2.840.10008.1.3.10";
constexpr const char* kExplicitLittleEndian = "1.2.840.10008.1.2.1";
constexpr std::uint32_t kItemHeader = 8;
constexpr std::uint64_t kLargest = 0xFFFFFFFE;

constexpr Tag kFirstRecord{0x0004, 0x1200};
constexpr Tag kLastRecord{0x0004, 0x1202};
constexpr Tag kRecords{0x0004, 0x1220};
constexpr Tag kNext{0x0004, 0x1400};
constexpr Tag kLower{0x0004, 0x1420};

Element made(Tag tag, VR vr) {
  Element element;
  element.tag = tag;
  element.vr = vr;
  return element;
}

Element number(Tag tag, VR vr, std::uint32_t value) {
  Element element = made(tag, vr);
  for (int i = 0; i < (vr == VR("UL") ? 4 : 2); ++i)
    element.value.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  return element;
}

Element text(Tag tag, VR vr, std::string_view value) {
  Element element = made(tag, vr);
  element.value = base::to_bytes(base::as_bytes(value));
  if (value.size() % 2 != 0) element.value.push_back(vr == VR("UI") ? 0 : ' ');
  return element;
}

void set_number(std::vector<Element>& elements, Tag tag, std::uint32_t value) {
  *dicom::find(elements, tag) = number(tag, "UL", value);
}

// The records in the order in which they stand in the file, each with the number of its next
// sibling and first child; kNone where there is none.
constexpr std::size_t kNone = static_cast<std::size_t>(-1);
struct Links {
  std::size_t next = kNone;
  std::size_t lower = kNone;
};

class Records {
 public:
  // Begins a record as the next sibling of `previous` (kNone: as the first).
  std::size_t begin(std::string_view type, const std::vector<Element>& keys, std::size_t previous) {
    const std::size_t number = items_.size();
    if (previous != kNone) links_[previous].next = number;
    items_.push_back({head(type)});
    links_.emplace_back();
    append(items_.back().elements, keys);
    return number;
  }
  void set_lower(std::size_t record, std::size_t child) { links_[record].lower = child; }

  // Behind the fixed elements of group 0004, before the keys.
  void point(std::size_t record, const std::string& file, const Instance& instance) {
    std::vector<Element> reference;
    if (instance.record_type == "PRIVATE")
      reference.push_back(text({0x0004, 0x1432}, "UI", *instance.sop_class));
    reference.push_back(text({0x0004, 0x1500}, "CS", file));
    reference.push_back(text({0x0004, 0x1510}, "UI", *instance.sop_class));
    reference.push_back(text({0x0004, 0x1511}, "UI", instance.uid));
    reference.push_back(text({0x0004, 0x1512}, "UI", *instance.transfer_syntax));
    auto& elements = items_[record].elements;
    elements.insert(elements.begin() + 4, std::make_move_iterator(reference.begin()),
                    std::make_move_iterator(reference.end()));
  }

  std::vector<dicom::Item>& items() { return items_; }
  const std::vector<Links>& links() const { return links_; }

 private:
  static std::vector<Element> head(std::string_view type) {
    return {number(kNext, "UL", 0), number({0x0004, 0x1410}, "US", 0xFFFF), number(kLower, "UL", 0),
            text({0x0004, 0x1430}, "CS", type)};
  }
  static void append(std::vector<Element>& to, const std::vector<Element>& keys) {
    to.insert(to.end(), keys.begin(), keys.end());
  }
  std::vector<dicom::Item> items_;
  std::vector<Links> links_;
};

void add_instances(Records& records, const Study& study, std::size_t series, std::size_t parent) {
  std::size_t previous = kNone;
  const auto& instances = study.series[series].instances;
  for (std::size_t i = 0; i < instances.size(); ++i) {
    const std::size_t record = records.begin(instances[i].record_type, instances[i].keys, previous);
    records.point(record, bundle::file_id(study.number, series + 1, i + 1, '\\'), instances[i]);
    if (previous == kNone) records.set_lower(parent, record);
    previous = record;
  }
}

void add_series(Records& records, const Study& study, std::size_t parent) {
  std::size_t previous = kNone;
  for (std::size_t s = 0; s < study.series.size(); ++s) {
    const std::size_t record = records.begin("SERIES", study.series[s].keys, previous);
    if (previous == kNone) records.set_lower(parent, record);
    add_instances(records, study, s, record);
    previous = record;
  }
}

void add_studies(Records& records, const Patient& patient, std::size_t parent) {
  std::size_t previous = kNone;
  for (const Study& study : patient.studies) {
    const std::size_t record = records.begin("STUDY", study.keys, previous);
    if (previous == kNone) records.set_lower(parent, record);
    add_series(records, study, record);
    previous = record;
  }
}

// Returns the number of the last record of the root.
std::size_t add_patients(Records& records, const FileSet& files) {
  std::size_t previous = kNone;
  for (const Patient& patient : files.patients()) {
    previous = records.begin("PATIENT", patient.keys, previous);
    add_studies(records, patient, previous);
  }
  return previous;
}

dicom::File empty_directory(const std::array<std::uint8_t, 16>& unique) {
  dicom::File file;
  file.meta.sop_class_uid = kMediaStorageDirectory;
  file.meta.sop_instance_uid = uid_of(unique);
  file.meta.transfer_syntax_uid = kExplicitLittleEndian;
  file.syntax = dicom::transfer_syntax(kExplicitLittleEndian);
  file.elements = {text({0x0004, 0x1130}, "CS", "DCMCOURIER"), number(kFirstRecord, "UL", 0),
                   number(kLastRecord, "UL", 0), number({0x0004, 0x1212}, "US", 0),
                   made(kRecords, "SQ")};
  file.elements.back().shape = Element::Shape::Sequence;
  return file;
}

// Where each record begins: the first right behind the sequence's header, each other behind the one
// before, since items are written with defined length.
base::Result<std::vector<std::uint32_t>> offsets_of(std::vector<dicom::Item>& items,
                                                    const dicom::File& directory) {
  dicom::File single = directory;
  single.elements.clear();
  const std::uint64_t nothing = dicom::written_size(single);
  std::uint64_t offset = dicom::written_size(directory);
  std::vector<std::uint32_t> offsets;
  offsets.reserve(items.size());
  for (dicom::Item& item : items) {
    if (offset > kLargest) return base::reject("pack.directory", "larger than 4 GiB");
    offsets.push_back(static_cast<std::uint32_t>(offset));
    single.elements.swap(item.elements);
    offset += kItemHeader + dicom::written_size(single) - nothing;
    single.elements.swap(item.elements);
  }
  return offsets;
}

std::uint32_t offset_or_zero(const std::vector<std::uint32_t>& offsets, std::size_t record) {
  return record == kNone ? 0 : offsets[record];
}

}  // namespace

std::string uid_of(std::array<std::uint8_t, 16> bytes) {
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x40);  // version 4: random
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
  std::string digits;
  while (std::any_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte != 0; })) {
    unsigned rest = 0;
    for (std::uint8_t& byte : bytes) {
      const unsigned value = rest * 256 + byte;
      byte = static_cast<std::uint8_t>(value / 10);
      rest = value % 10;
    }
    digits.insert(digits.begin(), static_cast<char>('0' + rest));
  }
  return "2.25." + digits;
}

base::Result<base::Bytes> write_directory(const FileSet& files,
                                          const std::array<std::uint8_t, 16>& unique) {
  Records records;
  const std::size_t last = add_patients(records, files);
  dicom::File directory = empty_directory(unique);
  const auto offsets = TRY(offsets_of(records.items(), directory));
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    auto& elements = records.items()[i].elements;
    set_number(elements, kNext, offset_or_zero(offsets, records.links()[i].next));
    set_number(elements, kLower, offset_or_zero(offsets, records.links()[i].lower));
  }
  if (!offsets.empty()) set_number(directory.elements, kFirstRecord, offsets.front());
  set_number(directory.elements, kLastRecord, offset_or_zero(offsets, last));
  directory.elements.back().items = std::move(records.items());
  dicom::MemorySink sink;
  TRY(dicom::write_file(directory, dicom::MemorySource({}), sink));
  return sink.take();
}

}  // namespace pack
