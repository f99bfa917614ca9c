// dcmcourierd-send: dials out for dispatch: the portal and the mail server, one child per job. Its
// promise: a child holds one ciphertext or one mail, the portal's key or the mail password, and
// neither ledger nor key of a study.
#include <getopt.h>
#include <sys/prctl.h>

#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>

#include "announce/smtp.h"
#include "base/clock.h"
#include "confine/confine.h"
#include "jobs/client.h"
#include "journal/events.h"
#include "journal/journal.h"
#include "publish/https.h"
#include "publish/public_side.h"
#include "publish/publish.h"
#include "settings/settings.h"

namespace {

constexpr int kUsage = 64, kSoftware = 70, kConfiguration = 78;  // sysexits
constexpr std::uint64_t kChildMemory = 256u << 20;
constexpr base::Milliseconds kProgressPause = 2000;
constexpr unsigned kCheckSeconds = 20;

constexpr const char* kHelp =
    "usage: dcmcourierd-send --config FILE --socket PATH [--children N]\n"
    "\n"
    "Carries uploads and commands to the portal, and mails to the mail server, for dispatch.\n"
    "  --config FILE    the settings (dcmcourier.yaml)\n"
    "  --socket PATH    dispatch's socket for send\n"
    "  --children N     jobs at a time (default: workers.send of the settings)\n"
    "  --version        the version, and nothing else\n";

struct Options {
  std::string config, socket;
  unsigned children = 0;  // 0: as the settings say
  bool help = false, version = false;
};

bool parse_count(std::string_view text, unsigned& count) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  return error == std::errc() && end == text.data() + text.size() && count >= 1 && count <= 64;
}

bool parse(int argc, char** argv, Options& options) {
  const option known[] = {
      {"config", required_argument, nullptr, 'c'},   {"socket", required_argument, nullptr, 's'},
      {"children", required_argument, nullptr, 'n'}, {"help", no_argument, nullptr, 'h'},
      {"version", no_argument, nullptr, 'V'},        {nullptr, 0, nullptr, 0}};
  for (int letter; (letter = getopt_long(argc, argv, "h", known, nullptr)) != -1;) {
    if (letter == 'c')
      options.config = optarg;
    else if (letter == 's')
      options.socket = optarg;
    else if (letter == 'h')
      options.help = true;
    else if (letter == 'V')
      options.version = true;
    else if (letter != 'n' || !parse_count(optarg, options.children))
      return false;
  }
  return optind == argc &&
         (options.help || options.version || !(options.config.empty() || options.socket.empty()));
}

class Sender {
 public:
  Sender(const settings::Settings& settings, const std::string& config)
      : settings_(settings), config_(config) {}

  base::Status one_job(jobs::Client& client) const {
    TRY(confine::lock_down({.dial_out = true, .memory = kChildMemory}));
    const jobs::SendJob job = TRY(client.take_send());
    const auto current = reloaded();
    const jobs::SendReply reply =
        std::visit([&](const auto& one) { return perform(current, one, client); }, job);
    return client.answer(reply);
  }

 private:
  // A change of the settings counts from the next job on; a file with a mistake does not count.
  settings::Settings reloaded() const {
    auto loaded = settings::load(config_);
    return loaded.complaints.empty() ? std::move(loaded.settings) : settings_;
  }

  base::Result<std::unique_ptr<publish::Https>> portal(const settings::Settings& current) const {
    publish::Portal portal{
        .authority = current.portal.upload, .pin = current.portal.pin, .key = {}};
    portal.key = TRY(settings::credential(current.portal.key, config_));
    return publish::Https::create(std::move(portal));
  }

  jobs::SendReply perform(const settings::Settings& current, const jobs::UploadJob& job,
                          jobs::Client& client) const {
    auto https = portal(current);
    if (!https.ok()) return failed(https.fault());
    const base::Clock clock;
    base::Milliseconds told = clock.monotonic();
    return publish::upload(*https.value(), job, [&](std::uint64_t done, std::uint64_t of) {
      if (clock.monotonic() - told < kProgressPause) return true;
      told = clock.monotonic();
      return client.progress(done, of).ok();
    });
  }

  jobs::SendReply perform(const settings::Settings& current, const jobs::PortalJob& job,
                          jobs::Client&) const {
    auto https = portal(current);
    if (!https.ok()) return failed(https.fault());
    return publish::command(*https.value(), job);
  }

  jobs::SendReply perform(const settings::Settings& current, const jobs::PublicCheckJob&,
                          jobs::Client&) const {
    return publish::look_at_public_side(current.portal.url);
  }

  // Dispatch that has ended sends the mail again when it is back: then this one must not go out.
  jobs::SendReply perform(const settings::Settings& current, const jobs::MailJob& job,
                          jobs::Client& client) const {
    const auto server = mail_server(current);
    if (!server.ok()) return failed(server.fault());
    return announce::send_mail(server.value(), job, [&] { return client.progress(0, 1).ok(); });
  }

  jobs::SendReply perform(const settings::Settings& current, const jobs::MailCheckJob&,
                          jobs::Client&) const {
    auto server = mail_server(current);
    if (!server.ok()) return failed(server.fault());
    server.value().reply_seconds = kCheckSeconds;
    return announce::log_in(server.value());
  }

  base::Result<announce::MailServer> mail_server(const settings::Settings& current) const {
    announce::MailServer server{.url = current.mail.server,
                                .user = current.mail.user,
                                .password = {},
                                .ca_file = current.mail.ca_file};
    if (!server.user.empty())
      server.password = TRY(settings::credential(current.mail.password, config_));
    return server;
  }

  static jobs::SendReply failed(const base::Fault& fault) {
    return {.done = false,
            .remedy = fault.remedy,
            .status = 0,
            .text = fault.where + ": " + fault.what,
            .body = {}};
  }

  const settings::Settings& settings_;
  const std::string config_;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, options)) {
    std::fputs(kHelp, stderr);
    return kUsage;
  }
  if (options.help) {
    std::fputs(kHelp, stdout);
    return 0;
  }
  if (options.version) return std::puts("dcmcourierd-send " DCMCOURIER_VERSION) < 0;
  if (prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return kSoftware;
  journal::begin("send");
  const auto loaded = settings::load(options.config);
  for (const auto& complaint : loaded.complaints)
    std::fprintf(stderr, "%s\n", settings::to_string(complaint).c_str());
  if (!loaded.complaints.empty()) return kConfiguration;

  const Sender sender(loaded.settings, options.config);
  const jobs::Pool pool{
      .socket_path = options.socket,
      .children = options.children > 0 ? options.children : loaded.settings.workers.send};
  return jobs::run_pool(
      pool, [&](jobs::Client& client) { return sender.one_job(client); },
      [](const base::Fault& fault) { journal::fault("send", fault); });
}
