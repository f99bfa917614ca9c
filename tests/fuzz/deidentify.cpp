// A whole Part 10 file through the engine, under the options that the first byte chooses: what is
// released is marked, carries nothing private and no word of its patient, can be written and read
// again, and is the same a second time.
#include "data_sets.h"
#include "deidentify/engine.h"
#include "identity/identifiers.h"

namespace {

using deidentify::Engine;
using deidentify::Option;

constexpr Option kOptions[] = {Option::RetainPatientCharacteristics,
                               Option::RetainDeviceIdentity,
                               Option::RetainInstitutionIdentity,
                               Option::ModifyDates,
                               Option::RetainFullDates,
                               Option::RetainUIDs,
                               Option::CleanDescriptors,
                               Option::RetainSafePrivate};

// Those of the byte's bits that can run, together.
std::set<Option> options_of(std::uint8_t bits) {
  std::set<Option> options;
  for (std::size_t i = 0; i < std::size(kOptions); ++i) {
    if ((bits >> i & 1) == 0) continue;
    auto more = options;
    more.insert(kOptions[i]);
    if (deidentify::check_options(more).ok()) options = std::move(more);
  }
  return options;
}

deidentify::PatientMap map_of(const dicom::File& file) {
  const auto text = [&](dicom::Tag tag) { return dicom::text_of(file.elements, tag); };
  return deidentify::patient_map(base::SecretBytes(base::Bytes(32, 7)), text({0x0010, 0x0020}),
                                 text({0x0010, 0x0021}), text({0x0020, 0x000D}));
}

// A few of the study's: a search for all of them takes a second to build under sanitizers.
identity::Identifiers some_identifiers(const dicom::File& file) {
  const auto all = identity::collect(file);
  auto list = all.reveal();
  if (list.size() > 3) list.erase(list.begin() + 3, list.end());
  return identity::Identifiers(std::move(list));
}

void check_public(const std::vector<dicom::Element>& elements) {
  for (const auto& element : elements) {
    HOLDS(!element.tag.is_private());
    for (const auto& item : element.items) check_public(item.elements);
  }
}

// No value of its header holds what the residual scan looks for.
void check_silent(const identity::Searcher& searcher, const std::vector<dicom::Element>& elements) {
  for (const auto& element : elements) {
    if (element.tag.group != 0x7FE0) HOLDS(!searcher.find(element.value));
    for (const auto& item : element.items) check_silent(searcher, item.elements);
  }
}

void check_marks(const dicom::File& file) {
  HOLDS(dicom::text_of(file.elements, {0x0012, 0x0062}) == "YES");
  HOLDS(dicom::find(file.elements, {0x0012, 0x0064}) != nullptr);
  HOLDS(file.meta.source_ae_title.empty() && file.meta.receiving_ae_title.empty());
}

// Where the engine cleaned pixels it gives a source of its own to write from.
template <typename Outcome>
base::Bytes written(const Outcome& outcome, const dicom::Source& original) {
  const dicom::Source* source = &original;
  if constexpr (requires { outcome.source.get(); })
    if (outcome.source) source = outcome.source.get();
  dicom::MemorySink sink;
  HOLDS(dicom::write_file(outcome.file, *source, sink).ok());
  return sink.take();
}

// Sees that a picture is of the size that it says.
class Blind : public recognize::Reader {
 public:
  base::Result<std::vector<std::string>> read(const recognize::Picture& picture,
                                              std::chrono::milliseconds) override {
    HOLDS(picture.grey.size() == std::size_t{picture.rows} * picture.columns);
    return std::vector<std::string>();
  }
};

void check_released(const Engine& engine, const dicom::File& file, base::ByteView bytes,
                    bool may_keep_private) {
  check_marks(file);
  if (!may_keep_private) check_public(file.elements);
  check_silent(engine.searcher(), file.elements);
  HOLDS(dicom::read_file(dicom::MemorySource(bytes)).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  const auto options = options_of(bytes[0]);
  const base::ByteView whole(bytes + 1, size - 1);
  const dicom::MemorySource source(whole);
  const auto file = dicom::read_file(source);
  if (!file.ok()) return 0;
  Blind reader;
  const auto engine =
      Engine::create({options, {}}, map_of(file.value()), some_identifiers(file.value()), &reader);
  if (!engine.ok()) return 0;
  const auto outcome = engine.value().rewrite(file.value(), source);
  if (!outcome.ok()) return 0;
  if (!outcome.value().released) {
    const auto& reason = outcome.value().reason;
    HOLDS(!reason.empty() && reason.size() <= 160);
    HOLDS(std::all_of(reason.begin(), reason.end(), [](char c) { return c >= ' ' && c <= '~'; }));
    return 0;
  }
  const auto first = written(outcome.value(), source);
  check_released(engine.value(), outcome.value().file, first,
                 options.contains(Option::RetainSafePrivate));
  const auto again = engine.value().rewrite(file.value(), source);
  HOLDS(again.ok() && again.value().released);
  HOLDS(written(again.value(), source) == first);
  return 0;
}
