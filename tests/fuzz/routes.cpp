// A configuration file, or a file of routes.d, as an administrator may write it. What loads can be
// printed, asked and explained; what does not is a complaint with its place.
#include <filesystem>
#include <fstream>

#include "fuzz.h"
#include "route/condition.h"
#include "settings/report.h"
#include "settings/settings.h"

namespace {

namespace fs = std::filesystem;

// The file beside which the routes are, of the tests' own.
constexpr std::string_view kMain = R"(receiver:
  ae_titles: [COURIER]
  callers: [{address: 127.0.0.0/8}]
portal: {url: "https://share.example.org", upload: "127.0.0.1:8444", pin: "sha256:0000000000000000000000000000000000000000000000000000000000000000"}
mail: {server: "smtp://localhost:2525", from: imaging@hospital.example}
sender: {name: St. Example Hospital, telephone: "+1 555 0100"}
recipients:
  dr-okafor: {name: Dr. A. Okafor, email: okafor@clinic.example, known_as: ["OKAFOR^A"]}
)";

class Folder {
 public:
  Folder() {
    path_ = (fs::exists("/dev/shm") ? "/dev/shm" : fs::temp_directory_path().string()) +
            "/fuzz-routes-XXXXXX";
    HOLDS(mkdtemp(path_.data()) != nullptr);
    fs::create_directory(path_ + "/routes.d");
    fs::create_directory(path_ + "/alone");
    write("/dcmcourier.yaml", kMain);
  }
  ~Folder() { fs::remove_all(path_); }
  std::string write(const std::string& name, std::string_view content) const {
    std::ofstream(path_ + name, std::ios::binary) << content;
    return path_ + name;
  }
  std::string main() const { return path_ + "/dcmcourier.yaml"; }

 private:
  std::string path_;
};

route::InstanceView instance(const std::vector<std::string>& paths, std::uint8_t kind) {
  route::InstanceView view{"CT01", "COURIER", "10.1.2.3", "1.2.840.10008.5.1.4.1.1.2", {}, {}};
  const std::vector<std::string> values[] = {
      {"KNEE LEFT", "CT"}, {"20261122"}, {"3.5"}, {}, {"OKAFOR^A"}};
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if ((kind + i) % 7 == 6) view.undecodable.insert(paths[i]);
    if ((kind + i) % 7 < 5) view.attributes[paths[i]] = values[(kind + i) % 7];
  }
  return view;
}

void check_answer(const std::vector<route::Rule>& rules, const settings::Settings& settings,
                  const route::StudyView& study) {
  const auto decision = route::decide(rules, settings.routing, study);
  HOLDS(decision.answers.size() <= rules.size());
  HOLDS(!decision.cannot_tell || decision.matches.empty() ||
        settings.routing == route::Policy::AllMatches);
  for (const auto index : decision.matches) {
    HOLDS(index < rules.size());
    (void)route::resolve(rules[index], settings.recipients, study);
    HOLDS(route::evaluate(*rules[index].match, study).answer == route::Answer::Yes);
  }
  for (const auto& answer : decision.answers)
    for (const auto& reason : answer.reasons) HOLDS(!reason.reveal().condition.empty());
}

void check_loaded(const settings::Settings& settings) {
  HOLDS(!settings::print_effective(settings).empty() && settings.revision.size() == 12);
  const auto paths = route::wanted_paths(settings.routes);
  for (const auto& rule : settings.routes) {
    HOLDS(rule.match && !rule.recipients.empty() && rule.share.lifetime > 0);
    HOLDS(route::to_string(*rule.match).find('\n') == std::string::npos);
  }
  for (std::uint8_t kind = 0; kind < 7; ++kind) {
    route::StudyView study;
    study.reveal().push_back(instance(paths, kind));
    study.reveal().push_back(instance(paths, static_cast<std::uint8_t>(kind / 2)));
    check_answer(settings.routes, settings, study);
  }
}

void check(const std::string& path) {
  const auto loaded = settings::load(path);
  for (const auto& complaint : loaded.complaints) {
    const auto text = settings::to_string(complaint);
    HOLDS(!complaint.what.empty() && complaint.line >= 0 && !text.empty());
    HOLDS(text.find('\n') == std::string::npos && text.find('\x1B') == std::string::npos);
  }
  if (loaded.complaints.empty()) check_loaded(loaded.settings);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  static const Folder folder;
  const auto content = base::as_text({bytes + 1, size - 1});
  if (bytes[0] % 2 == 0) {
    folder.write("/routes.d/10.yaml", content);
    check(folder.main());
  } else {
    check(folder.write("/alone/dcmcourier.yaml", content));
  }
  return 0;
}
