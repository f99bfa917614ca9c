#include "command/deidentify.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "command/changes.h"
#include "deidentify/overrides.h"
#include "disk/descriptor.h"
#include "offline/run.h"
#include "seal/primitives.h"
#include "settings/settings.h"

namespace command {
namespace {

using offline::Fate;

constexpr int kSomeQuarantined = 3, kSomeFailed = 1, kUsage = 64, kConfig = 78;
constexpr std::size_t kKeySize = 32;

volatile std::sig_atomic_t g_stopping = 0;
void stop(int) { g_stopping = 1; }

int fail(int code, const std::string& what) {
  std::fprintf(stderr, "dcmcourier: %s\n", what.c_str());
  return code;
}

base::Status parse_profile(const std::string& text, std::set<deidentify::Option>& options) {
  std::size_t at = 0;
  for (bool first = true; at <= text.size(); first = false) {
    const auto end = std::min(text.find(',', at), text.size());
    const auto word = text.substr(at, end - at);
    at = end + 1;
    if (first && word != "basic")
      return base::reject("command", "--profile begins with basic: --profile basic,modify_dates");
    if (first) continue;
    const auto option = deidentify::parse_option(word);
    if (!option) return base::reject("command", "'" + word + "' is no option of the profile");
    options.insert(*option);
  }
  return deidentify::check_options(options);
}

// 32 bytes as they are, or as `dcmcourier keys create` writes them: 64 hex digits and a newline.
base::Result<base::SecretBytes> key_of(base::SecretBytes content, const std::string& from) {
  if (content.size() == kKeySize) return content;
  std::string_view text = base::as_text(content.view());
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  auto bytes = text.size() == 2 * kKeySize ? base::from_hex(text) : std::nullopt;
  if (!bytes)
    return base::ask_administrator("command", from + ": a key is 32 bytes, or their 64 hex digits");
  return base::SecretBytes(std::move(*bytes));
}

base::Result<base::SecretBytes> domain_key(const Deidentification& asked,
                                           const settings::Settings* settings) {
  if (!asked.key.empty()) {
    auto bytes = disk::read_small_file(asked.key, 4096);
    if (!bytes.ok())
      return base::ask_administrator("command", asked.key + ": " + bytes.fault().what);
    return key_of(base::SecretBytes(std::move(bytes).value()), asked.key);
  }
  if (settings == nullptr) return seal::random_secret(kKeySize);
  return key_of(TRY(settings::credential(settings->domain_key, asked.config)),
                settings->domain_key);
}

base::Status take_route(const settings::Settings& settings, const std::string& name,
                        offline::Request& request) {
  for (const auto& rule : settings.routes) {
    if (rule.name != name) continue;
    if (rule.deidentify.none)
      return base::reject("command", "the route " + name + " does not de-identify");
    auto& choices = request.choices;
    choices.options = TRY(deidentify::parse_options(rule.deidentify.options));
    choices.overrides = TRY(deidentify::parse_overrides(rule.deidentify.overrides));
    if (rule.deidentify.blocklist) choices.text = deidentify::TextMode::BlockList;
    request.hold_study = !rule.deidentify.drop_instance;
    return deidentify::check_options(request.choices.options);
  }
  return base::reject("command", "there is no route " + name);
}

deidentify::SiteLists lists_of(const settings::SiteLists& site) {
  return {site.names, site.number_patterns, site.allowed_words, site.device_rules};
}

// In place of those beside a configuration.
base::Status take_site_files(const std::vector<std::string>& files, deidentify::SiteLists& to) {
  settings::SiteLists site;
  std::string complaints;
  for (const auto& file : files)
    for (const auto& complaint : settings::load_site_lists(file, site))
      complaints += (complaints.empty() ? "" : "\n") + to_string(complaint);
  if (!complaints.empty()) return base::ask_administrator("command", complaints);
  to = lists_of(site);
  return base::Done{};
}

base::Status prepare(const Deidentification& asked, offline::Request& request) {
  if (asked.route.empty()) {
    TRY(parse_profile(asked.profile, request.choices.options));
    request.domain_key = TRY(domain_key(asked, nullptr));
  } else {
    const auto loaded = settings::load(asked.config);
    if (!loaded.complaints.empty())
      return base::ask_administrator("command",
                                     asked.config + " has complaints; see `dcmcourier check`");
    TRY(take_route(loaded.settings, asked.route, request));
    request.choices.site = lists_of(loaded.settings.site);
    request.domain_key = TRY(domain_key(asked, &loaded.settings));
  }
  if (!asked.site.empty()) TRY(take_site_files(asked.site, request.choices.site));
  if (!asked.on_quarantine.empty()) request.hold_study = asked.on_quarantine == "hold_study";
  request.files = asked.files;
  request.out = asked.out;
  request.add = asked.add;
  request.show_values = asked.show_values;
  return base::Done{};
}

std::string usage_of(const Deidentification& asked) {
  if (asked.profile.empty() == asked.route.empty())
    return "say --profile basic[,OPTION...] or --route NAME";
  if (asked.diff && !asked.out.empty()) return "--diff writes nothing: leave --out away";
  if (!asked.diff && asked.out.empty()) return "say where to: --out DIR (or --diff to look first)";
  if (asked.show_values && !asked.diff) return "--show-values goes with --diff";
  return "";
}

const char* word_of(Fate fate) {
  switch (fate) {
    case Fate::Released:
      return "released";
    case Fate::Quarantined:
      return "quarantined";
    case Fate::Skipped:
      return "skipped";
    case Fate::Failed:
      break;
  }
  return "failed";
}

bool has_key_of_its_own(const Deidentification& asked) {
  return asked.key.empty() && asked.route.empty();
}

// "kid": which key it was, without a way back to it.
std::string key_id(const base::SecretBytes& key) {
  base::Bytes text = base::to_bytes(base::as_bytes("kid"));
  base::append(text, key.view());
  const auto digest = seal::sha256(text);
  explicit_bzero(text.data(), text.size());
  return base::to_hex(digest).substr(0, 8);
}

void list_files(const offline::Summary& summary, Fate fate) {
  for (const auto& one : summary.files)
    if (one.fate == fate) std::printf("  %s: %s\n", one.input.c_str(), one.reason.c_str());
}

void print_summary(const offline::Summary& summary, const Deidentification& asked,
                   const std::string& key) {
  const auto studies =
      std::to_string(summary.studies) + (summary.studies == 1 ? " study" : " studies");
  std::printf("released     %zu of %zu files, %s%s%s\n", summary.count(Fate::Released),
              summary.files.size(), studies.c_str(), asked.diff ? "; nothing was written" : ", in ",
              asked.out.c_str());
  for (const auto fate : {Fate::Quarantined, Fate::Failed, Fate::Skipped}) {
    if (summary.count(fate) == 0) continue;
    std::printf("%-12s %zu\n", word_of(fate), summary.count(fate));
    list_files(summary, fate);
  }
  if (has_key_of_its_own(asked))
    std::printf(
        "key          of this run alone: another run gives the same patient other names, UIDs and\n"
        "             dates. --key FILE keeps them (`dcmcourier keys create` makes one).\n");
  else
    std::printf("key          %s\n", key.c_str());
}

void print_json(const offline::Summary& summary, const Deidentification& asked,
                const std::string& key) {
  nlohmann::json files = nlohmann::json::array();
  for (const auto& one : summary.files)
    files.push_back({{"input", one.input},
                     {"output", one.output},
                     {"state", word_of(one.fate)},
                     {"reason", one.reason}});
  const nlohmann::json all = {{"released", summary.count(Fate::Released)},
                              {"quarantined", summary.count(Fate::Quarantined)},
                              {"failed", summary.count(Fate::Failed)},
                              {"skipped", summary.count(Fate::Skipped)},
                              {"studies", summary.studies},
                              {"key_id", key},
                              {"key_of_this_run_alone", has_key_of_its_own(asked)},
                              {"counts", summary.counts},
                              {"files", files}};
  std::printf("%s\n", all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

int code_of(const offline::Summary& summary) {
  if (summary.interrupted || summary.count(Fate::Failed) > 0) return kSomeFailed;
  if (summary.count(Fate::Quarantined) > 0) return kSomeQuarantined;
  return summary.count(Fate::Released) > 0 ? 0 : kSomeFailed;
}

// A line that is written over, for whoever waits before a terminal.
struct ProgressLine {
  bool shown;
  void operator()(std::size_t done, std::size_t of, const char* what) const {
    if (shown) std::fprintf(stderr, "\r%s %zu of %zu\x1B[K", what, done, of);
  }
  void clear() const {
    if (shown) std::fprintf(stderr, "\r\x1B[K");
  }
};

offline::Told listener(const Deidentification& asked, const ProgressLine& line) {
  offline::Told told;
  told.progress = line;
  told.stopping = &g_stopping;
  if (asked.diff)
    told.compared = [&asked, line](const auto& input, const auto& reason, const auto& changes) {
      line.clear();
      const auto text = asked.json ? changes_as_json(input, reason, changes)
                                   : changes_as_text(input, reason, changes);
      std::fputs(text.c_str(), stdout);
    };
  return told;
}

void heed_signals() {
  struct sigaction action {};
  action.sa_handler = stop;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

}  // namespace

int run_deidentify(const Deidentification& asked) {
  if (const auto wrong = usage_of(asked); !wrong.empty()) return fail(kUsage, wrong);
  offline::Request request;
  const auto prepared = prepare(asked, request);
  if (!prepared.ok())
    return fail(prepared.fault().remedy == base::Remedy::Reject ? kUsage : kConfig,
                prepared.fault().what);
  const auto key = key_id(request.domain_key);
  heed_signals();
  const ProgressLine line{!asked.quiet && isatty(STDERR_FILENO) == 1};
  const auto summary = offline::run(std::move(request), listener(asked, line));
  line.clear();
  if (!summary.ok()) return fail(kSomeFailed, summary.fault().what);
  if (!asked.json)
    print_summary(summary.value(), asked, key);
  else if (!asked.diff)
    print_json(summary.value(), asked, key);
  if (summary.value().interrupted) std::fputs("dcmcourier: interrupted\n", stderr);
  return code_of(summary.value());
}

void add_deidentify(CLI::App& app, const std::string& config, Deidentification& asked,
                    int& exit_code) {
  auto* sub = app.add_subcommand(
      "deidentify", "De-identify files without a service, or show what would happen to them");
  sub->add_option("FILES", asked.files, "DICOM files, and folders with all that is in them")
      ->required();
  sub->add_option("--out", asked.out, "The folder for what is released; it is empty or made")
      ->type_name("DIR");
  sub->add_flag("--add", asked.add, "Into a folder that holds files; none is overwritten");
  sub->add_option("--profile", asked.profile, "The profile and its options: basic,modify_dates")
      ->type_name("basic[,OPTION...]");
  sub->add_option("--route", asked.route, "Profile, key and on_quarantine of a configured route")
      ->type_name("NAME");
  sub->add_option("--key", asked.key, "The domain key: 32 bytes or 64 hex digits")
      ->type_name("FILE");
  sub->add_option("--site", asked.site, "Lists of the site, in place of those beside --config")
      ->type_name("FILE")
      ->expected(1)
      ->take_all();
  sub->add_option("--on-quarantine", asked.on_quarantine,
                  "hold_study: a study whole or not at all; drop_instance: what can be released")
      ->type_name("WORD")
      ->check(CLI::IsMember({"hold_study", "drop_instance"}));
  sub->add_flag("--diff", asked.diff, "Write nothing: print what would become of each element");
  sub->add_flag("--show-values", asked.show_values,
                "With --diff: the values themselves; shows patient data");
  sub->add_flag("--quiet", asked.quiet, "No line of progress");
  sub->add_flag("--json", asked.json, "As JSON; with --diff an object a line");
  sub->callback([&asked, &config, &exit_code] {
    asked.config = config;
    exit_code = run_deidentify(asked);
  });
}

}  // namespace command
