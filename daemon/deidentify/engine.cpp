#include "deidentify/engine.h"

#include <algorithm>

#include "deidentify/classify.h"
#include "deidentify/clean_pixels.h"
#include "deidentify/options.h"
#include "deidentify/overrides.h"
#include "deidentify/read_pixels.h"
#include "deidentify/rewrite.h"
#include "deidentify/scan.h"
#include "deidentify/site.h"
#include "deidentify/text_cleaner.h"
#include "deidentify/values.h"

namespace deidentify {
namespace {

using dicom::Element;
using dicom::Tag;
using dicom::VR;
using identity::Identifier;
using identity::Kind;

constexpr Tag kSOPClassUID{0x0008, 0x0016};
constexpr Tag kSOPInstanceUID{0x0008, 0x0018};
// Values of (0012,0063).
constexpr std::string_view kMethod =
    "dcmcourier " DCMCOURIER_VERSION ", PS3.15-2025b Basic Profile";

Outcome quarantine(std::string reason) {
  Outcome outcome;
  outcome.reason = std::move(reason);
  return outcome;
}

Element method_code_sequence(const std::set<Option>& options) {
  Element sequence;
  sequence.tag = {0x0012, 0x0064};
  sequence.vr = VR("SQ");
  sequence.shape = Element::Shape::Sequence;
  for (const auto& code : method_codes(options))
    sequence.items.push_back({{text_element({0x0008, 0x0100}, VR("SH"), code.value),
                               text_element({0x0008, 0x0102}, VR("SH"), "DCM"),
                               text_element({0x0008, 0x0104}, VR("LO"), code.meaning)}});
  return sequence;
}

// A profile that a route changed is told from one that it did not.
std::string method_of(const std::vector<Override>& overrides) {
  if (overrides.empty()) return std::string(kMethod);
  const auto count = [&](Override::Way way) {
    return std::to_string(std::count_if(overrides.begin(), overrides.end(),
                                        [&](const Override& one) { return one.way == way; }));
  };
  return std::string(kMethod) + "\\route's overrides: " + count(Override::Way::Keep) + " keep, " +
         count(Override::Way::Remove) + " remove, " + count(Override::Way::Replace) + " replace";
}

void mark(std::vector<Element>& elements, const std::set<Option>& options,
          const std::vector<Override>& overrides) {
  put(elements, text_element({0x0012, 0x0062}, VR("CS"), "YES"));
  put(elements, text_element({0x0012, 0x0063}, VR("LO"), method_of(overrides)));
  put(elements, method_code_sequence(options));
  put(elements, text_element({0x0028, 0x0303}, VR("CS"), temporal_information(options)));
}

// An option that found nothing to clean here claims nothing.
std::set<Option> those_that_ran(std::set<Option> options, const Rewriter& rewriter,
                                const PixelWork& pixels) {
  if (!rewriter.graphics_cleaned()) options.erase(Option::CleanGraphics);
  if (!rewriter.content_cleaned()) options.erase(Option::CleanStructuredContent);
  if (!pixels.cleaned) options.erase(Option::CleanPixelData);
  options.erase(Option::CleanRecognizableVisualFeatures);  // what has some is held: faces.h
  return options;
}

void name_patient(std::vector<Element>& elements, const PatientMap& map) {
  put(elements, text_element({0x0010, 0x0010}, VR("PN"), map.pseudonym));
  put(elements, text_element({0x0010, 0x0020}, VR("LO"), map.pseudonym));
}

}  // namespace

struct Engine::State {
  Choices choices;
  PatientMap map;
  identity::Searcher searcher;
  TextCleaner cleaner;
  NumberPatterns patterns;
  pixels::Rules device_rules;
  std::optional<BurnedText> burned_text;  // where pixels are cleaned
  recognize::Reader* reader;

  bool cleans_pixels() const { return choices.options.contains(Option::CleanPixelData); }
};

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine::~Engine() = default;

base::Result<Engine> Engine::create(const Choices& choices, PatientMap map,
                                    const identity::Identifiers& study, recognize::Reader* reader) {
  TRY(check_options(choices.options));
  for (const auto& one : choices.overrides)
    if (const auto reason = reason_against(one); !reason.empty())
      return base::reject("deidentify.override", dicom::to_string(one.tag) + " " + reason);
  if (map.uid_key.empty() || map.pseudonym.empty())
    return base::ask_administrator("deidentify", "the domain key is missing");
  auto patterns = TRY(NumberPatterns::create(choices.site.number_patterns));
  auto cleaner = TRY(TextCleaner::create(study, choices.site, choices.text));
  const auto never = forbidden(choices.options, map, with_names(study, choices.site));
  auto searcher = TRY(identity::Searcher::create(never));
  std::optional<BurnedText> burned_text;
  if (choices.options.contains(Option::CleanPixelData))
    burned_text.emplace(TRY(BurnedText::create(never, choices)));
  auto rules = TRY(pixels::Rules::create(choices.site.device_rules));
  return Engine(std::make_unique<State>(State{choices, std::move(map), std::move(searcher),
                                              std::move(cleaner), std::move(patterns),
                                              std::move(rules), std::move(burned_text), reader}));
}

const identity::Searcher& Engine::searcher() const { return state_->searcher; }

base::Result<Outcome> Engine::rewrite(const dicom::File& original, const dicom::Source& source,
                                      Trace* trace) const {
  return rewrite(original, source, trace, true);
}

base::Result<Outcome> Engine::rewrite_again(const dicom::File& original,
                                            const dicom::Source& source) const {
  return rewrite(original, source, nullptr, false);
}

base::Result<Outcome> Engine::rewrite(const dicom::File& original, const dicom::Source& source,
                                      Trace* trace, bool reads) const {
  auto pixels = TRY(clean_pixels(original, source, state_->choices.options,
                                 state_->cleans_pixels() ? &state_->device_rules : nullptr));
  if (pixels.quarantine) return quarantine(*pixels.quarantine);
  ReadWork reading;
  if (pixels.cleaned && reads)
    reading = TRY(read_pixels(original, source, pixels, state_->reader, *state_->burned_text));
  if (reading.quarantine) return quarantine(*reading.quarantine);

  const auto sop_class = dicom::text_of(original.elements, kSOPClassUID);
  const auto& options = state_->choices.options;
  const Rules rules(options, sop_class, state_->choices.overrides);
  Rewriter rewriter(rules, state_->map, state_->cleaner, original.syntax.big_endian, trace);
  auto elements = rewriter.rewrite(original.elements);
  if (rules.runs(tables::kSafePrivate)) drop_broken_blocks(elements);
  if (rewriter.graphics_cleaned()) drop_idle_layers(elements);
  if (rewriter.too_deep()) return quarantine("sequences nested deeper than 64");
  if (const auto& tag = rewriter.undecodable())
    return quarantine("text that cannot be decoded in " + dicom::to_string(*tag));
  if (rewriter.lost_image())
    return quarantine("pixel data, or attributes that describe them, in another form than theirs");
  put_hidden(elements, pixels.hidden);
  name_patient(elements, state_->map);
  if (pixels.cleaned) put_pixels(elements, *pixels.cleaned);
  mark(elements, those_that_ran(options, rewriter, pixels), state_->choices.overrides);

  Scan scan(state_->searcher, source, &state_->patterns);
  auto reason = TRY(scan.run(elements, true));
  if (!reason && scan.mended() > 0) {
    if (rules.runs(tables::kSafePrivate)) drop_broken_blocks(elements);
    reason = TRY(scan.run(elements, false));
  }
  if (reason) return quarantine(*reason);

  Outcome outcome;
  outcome.released = true;
  outcome.file.syntax = pixels.cleaned ? pixels.cleaned->syntax : original.syntax;
  outcome.file.meta.sop_class_uid = sop_class;
  outcome.file.meta.sop_instance_uid = dicom::text_of(elements, kSOPInstanceUID);
  outcome.file.meta.transfer_syntax_uid = outcome.file.syntax.uid;
  outcome.file.elements = std::move(elements);
  outcome.counts = std::move(rewriter.counts());
  outcome.counts["mended"] = scan.mended();
  count_pixels(outcome.counts, pixels);
  count_reading(outcome.counts, reading);
  outcome.source = source_of(std::move(pixels));
  std::erase_if(outcome.counts, [](const auto& count) { return count.second == 0; });
  return outcome;
}

}  // namespace deidentify
