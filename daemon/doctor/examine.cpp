#include "doctor/examine.h"

#include <sys/stat.h>
#include <sys/timex.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "control/control.h"
#include "doctor/echo.h"
#include "recognize/shared_reader.h"
#include "settings/settings.h"
#include "spool/scan.h"

namespace doctor {
namespace {

constexpr unsigned kLocal = 10, kPeers = 90;  // seconds: dispatch itself; a send child's errand
constexpr std::size_t kHexKey = 64;

std::optional<bool> is_synchronised() {
  timex state{};
  const int answer = adjtimex(&state);
  if (answer < 0) return std::nullopt;
  return answer != TIME_ERROR;
}

bool is_hex_key(const std::string& reference, const std::string& config) {
  const auto key = settings::credential(reference, config);
  return key.ok() && key.value().size() == kHexKey &&
         base::from_hex(base::as_text(key.value().view())).has_value();
}

std::optional<Certificate> parse_certificate(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  try {
    return Certificate{json.at("trusted"), json.at("why"), json.at("not_after")};
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

bool is_on(const Figures& figures, const std::string& name) {
  const auto found = figures.find(name);
  return found != figures.end() && found->second == "true";
}

Finding without_dispatch(const std::string& fault) {
  return {Grade::Fail, "dispatch", fault,
          "is dcmcourierd running, and may this user open its socket? Without it only what stands "
          "here can be looked at"};
}

class Examination {
 public:
  Examination(const Request& request, const Tell& tell, const Progress& progress)
      : request_(request),
        tell_(tell),
        progress_(progress),
        loaded_(settings::load(request.config)) {}

  Findings run() {
    progress_("dispatch");
    const Answer dispatch = ask({"figures", {}}, kLocal);
    look_at_configuration(dispatch);
    const bool here = dispatch.fault.empty();
    if (!here) add({{without_dispatch(dispatch.fault)}});
    if (sound_) look_at_credentials();
    if (sound_) look_at_reader();
    add({judge(Clock{is_synchronised(), is_on(dispatch.figures, "purging suspended")})});
    if (sound_) {
      progress_("our own receiver");
      const settings::Receiver& receiver = loaded_.settings.receiver;
      if (!receiver.listen.empty()) add({{judge(echo(receiver))}});
      if (receiver.tls.on()) add({judge_over_tls(echo(receiver, true), clock_.now())});
    }
    if (here) look_at(dispatch.figures);
    if (here) ask_peers();
    if (!here && sound_) look_at_disk();
    return findings_;
  }

 private:
  void add(const std::vector<Findings>& lists) {
    for (const auto& list : lists)
      for (const auto& finding : list) {
        findings_.push_back(finding);
        tell_(finding);
      }
  }

  Answer ask(const control::Request& what, unsigned seconds) {
    const std::string socket = request_.socket.empty()
                                   ? loaded_.settings.runtime_directory + "/control.sock"
                                   : request_.socket;
    const auto reply = control::ask(socket, what, seconds);
    if (!reply.ok()) return {{}, reply.fault().what};
    if (reply.value().exit_code != 0) return {{}, reply.value().text};
    Answer answer;
    for (const auto& row : reply.value().rows)
      if (row.size() == 2) answer.figures[row[0]] = row[1];
    if (answer.figures.empty()) answer.figures = {{"done", "true"}, {"answer", reply.value().text}};
    return answer;
  }

  void look_at_configuration(const Answer& dispatch) {
    struct stat found {};
    Configuration configuration;
    configuration.found = stat(request_.config.c_str(), &found) == 0;
    configuration.complaints = loaded_.complaints.size();
    configuration.routes = loaded_.settings.routes.size();
    configuration.recipients = loaded_.settings.recipients.size();
    configuration.revision = loaded_.settings.revision;
    const auto in_force = dispatch.figures.find("settings");
    if (in_force != dispatch.figures.end()) configuration.in_force = in_force->second;
    sound_ = configuration.found && configuration.complaints == 0;
    add({{judge(configuration)}});
  }

  void look_at_credential(const std::string& name, const std::string& reference,
                          const std::string& make_with, bool hex_key) {
    const auto path = settings::credential_path(reference, request_.config);
    if (!path.ok()) return;
    Credential credential{.name = name, .path = path.value(), .make_with = make_with};
    struct stat status {};
    credential.found = stat(path.value().c_str(), &status) == 0;
    credential.may_look = credential.found || errno != EACCES;
    credential.made = status.st_mtim.tv_sec;
    credential.readable_by_others = (status.st_mode & (S_IRWXG | S_IRWXO)) != 0;
    if (credential.found && hex_key) {
      const bool readable = settings::credential(reference, request_.config).ok();
      credential.may_look = readable;
      credential.of_use = is_hex_key(reference, request_.config);
    }
    add({{judge(credential, clock_.now())}});
  }

  void look_at_credentials() {
    const auto& s = loaded_.settings;
    look_at_credential("key: KEK", s.kek,
                       "put the saved one back; `dcmcourier keys create` only for a first start",
                       true);
    look_at_credential(
        "key: de-identification", s.domain_key,
        "put the saved one back, or `dcmcourier keys create`: patients get new names then", true);
    look_at_credential("key: portal", s.portal.key,
                       "`dcmcourier pair`, then the new pin into the portal's upload.client_pin",
                       false);
    if (!s.mail.user.empty())
      look_at_credential("mail password", s.mail.password, "write the password into it, chmod 600",
                         false);
  }

  // As this user sees it: work looks for it in the same place.
  void look_at_reader() {
    const auto& routes = loaded_.settings.routes;
    const bool needed = std::any_of(routes.begin(), routes.end(), [](const auto& route) {
      const auto& options = route.deidentify.options;
      return std::find(options.begin(), options.end(), "clean_pixel_data") != options.end();
    });
    if (needed) add({{judge_reader(recognize::what_is_missing())}});
  }

  // What dispatch would tell, from here.
  void look_at_disk() {
    const auto& storage = loaded_.settings.storage;
    const auto folder = disk::open_folder(storage.directory);
    const auto space = folder.ok() ? spool::space(folder.value().get()) : folder.fault();
    if (!space.ok()) {
      add({{{Grade::Fail, "disk", space.fault().what,
             "storage.directory must be there for dispatch, and receive must reach its spool"}}});
      return;
    }
    const auto water =
        spool::low_water(space.value(), storage.low_water_bytes, storage.low_water_part);
    add({judge_disk({{"disk available", std::to_string(space.value().available)},
                     {"disk total", std::to_string(space.value().total)},
                     {"low water", std::to_string(water)}})});
  }

  void look_at(const Figures& figures) {
    const auto now = number(figures, "now");
    const auto& titles = loaded_.settings.receiver.ae_titles;
    const auto& listen = loaded_.settings.receiver.listen;
    const std::string node = (titles.empty() ? "our AE title" : titles.front()) + " at " +
                             (listen.empty() ? "our port" : listen.front());
    add({judge_roles(figures),
         judge_disk(figures),
         {judge_spool_key(figures, now)},
         judge_queue(figures, now),
         judge_callers(figures, node, now)});
  }

  void ask_peers() {
    const auto& s = loaded_.settings;
    progress_("the portal");
    add({{judge_portal(ask({"check portal", {}}, kPeers))}});
    progress_("the portal's public side");
    const Answer seen = ask({"check public side", {}}, kPeers);
    const auto text = seen.figures.find("certificate");
    const auto certificate =
        text == seen.figures.end() ? std::nullopt : parse_certificate(text->second);
    add({{judge_public_side(s.portal.url, seen, certificate, clock_.now())}});
    if (!request_.mail) return;
    progress_("the mail server");
    const control::Request what =
        request_.address.empty() ? control::Request{"check mail server", {}}
                                 : control::Request{"mail test", {{"address", request_.address}}};
    add({{judge_mail(s.mail.server, request_.address, ask(what, kPeers))}});
  }

  const Request& request_;
  const Tell& tell_;
  const Progress& progress_;
  const settings::Loaded loaded_;
  const base::Clock clock_;
  bool sound_ = false;  // the configuration
  Findings findings_;
};

}  // namespace

Findings examine(const Request& request, const Tell& tell, const Progress& progress) {
  return Examination(request, tell, progress).run();
}

}  // namespace doctor
