#include "command/command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "command/deidentify.h"
#include "command/doctor.h"
#include "command/explain_file.h"
#include "command/import_ctp.h"
#include "command/keys.h"
#include "command/reidentify.h"
#include "command/watch.h"
#include "settings/report.h"
#include "settings/settings.h"

namespace command {
namespace {

constexpr int kUsage = 64, kDataError = 65, kUnavailable = 69, kTempFail = 75, kConfig = 78;

struct Options {
  std::string config = "/etc/dcmcourier/dcmcourier.yaml";
  std::string socket;
  bool json = false;
  unsigned watch = 0;        // seconds between two looks, 0: one look
  control::Request request;  // what to ask dispatch
};

int complain(const base::Fault& fault) {
  std::fprintf(stderr, "dcmcourier: %s\n", fault.what.c_str());
  return fault.remedy == base::Remedy::RetryLater ? kTempFail
         : fault.remedy == base::Remedy::Reject   ? kDataError
                                                  : kUnavailable;
}

int print(const control::Reply& reply, bool json) {
  const std::string text =
      json && reply.exit_code == 0 && !reply.columns.empty() ? as_json(reply) : as_table(reply);
  std::fputs(text.c_str(), reply.exit_code == 0 ? stdout : stderr);
  return reply.exit_code;
}

// The settings name the socket. A file with complaints does too: while it is being mended, the
// daemon runs on with the settings that it has, and can be asked.
base::Result<std::string> socket_of(const Options& options) {
  if (!options.socket.empty()) return options.socket;
  const auto loaded = settings::load(options.config);
  const std::string complaint = options.config + " has complaints; see `dcmcourier check`";
  std::error_code error;
  if (!std::filesystem::exists(options.config, error))
    return base::ask_administrator("command", complaint);
  if (!loaded.complaints.empty()) std::fprintf(stderr, "dcmcourier: %s\n", complaint.c_str());
  return loaded.settings.runtime_directory + "/control.sock";
}

// What stands on the screen: dispatch may come and go meanwhile.
std::string status_text(const std::string& socket, const Options& options) {
  const auto reply = control::ask(socket, options.request);
  if (!reply.ok()) return reply.fault().what + "\nIs dcmcourierd running?\n";
  return options.json && reply.value().exit_code == 0 ? as_json(reply.value())
                                                      : as_table(reply.value());
}

int ask(const Options& options) {
  const auto socket = socket_of(options);
  if (!socket.ok()) return complain(socket.fault());
  if (options.watch > 0) watch(options.watch, [&] { return status_text(socket.value(), options); });
  const auto reply = control::ask(socket.value(), options.request);
  if (!reply.ok()) {
    std::fprintf(stderr, "dcmcourier: %s\nIs dcmcourierd running?\n", reply.fault().what.c_str());
    return kUnavailable;
  }
  return print(reply.value(), options.json);
}

// All records, a page of the reply at a time.
int export_audit(Options options) {
  const auto socket = socket_of(options);
  if (!socket.ok()) return complain(socket.fault());
  for (std::size_t from = 1;;) {
    options.request.arguments["from"] = std::to_string(from);
    const auto reply = control::ask(socket.value(), options.request);
    if (!reply.ok()) return complain(reply.fault());
    for (const auto& row : reply.value().rows) std::puts(row.at(0).c_str());
    if (reply.value().exit_code != 0 || reply.value().rows.empty()) return reply.value().exit_code;
    from += reply.value().rows.size();
  }
}

int check(const std::string& path) {
  const auto report = settings::check_report(path);
  std::fputs(report.text.c_str(), report.exit_code == 0 ? stdout : stderr);
  return report.exit_code;
}

int explain_these(const Options& options, const std::vector<std::string>& files,
                  const AsIf& as_if) {
  const auto loaded = settings::load(options.config);
  if (!loaded.complaints.empty()) return check(options.config);
  const auto reply = explain_files(loaded.settings, files, as_if);
  if (!reply.ok()) return complain(reply.fault());
  return print(reply.value(), options.json);
}

// The audit chain is dispatch's: when it does not run, it takes the look at its next start.
int reidentify_these(const Options& options, Reidentification asked) {
  if (asked.vault.empty()) {
    const auto loaded = settings::load(options.config);
    std::error_code error;
    if (!std::filesystem::exists(options.config, error))
      return complain(base::ask_administrator("command", options.config + ": no such file"));
    asked.vault = vault::path_in(loaded.settings.storage.directory);
    return reidentify(asked, [&options] {
      const auto socket = socket_of(options);
      if (socket.ok()) (void)control::ask(socket.value(), {"vault looks", {}}, 5).ok();
    });
  }
  return reidentify(asked, [] {});
}

int open_link(const std::vector<std::string>& arguments) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string program = (self.parent_path() / "dcmcourier-open").string();
  std::vector<char*> pointers = {const_cast<char*>(program.c_str())};
  for (const auto& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  execv(program.c_str(), pointers.data());
  std::perror(program.c_str());
  return kUnavailable;
}

// A command that asks dispatch: its name, its positional argument (or none) and what it does.
struct Asked {
  const char* words;     // "shares code"
  const char* argument;  // "ID"; nullptr: none; "[ID]": may be left out
  const char* what;
};
constexpr Asked kAsked[] = {
    {"status", nullptr,
     "Where everything is: per stage how many, how old the oldest, what is held"},
    {"studies", nullptr,
     "The studies, and instances that were quarantined before their study was known"},
    {"instances", "STUDY", "The instances of a study, by number"},
    {"deliveries", nullptr, "The bundles on their way to the portal, and what holds them up"},
    {"shares", "[ID]", "The shares: who was sent what, until when, opened or not"},
    {"report", "STUDY",
     "How a study was de-identified: profile, counts, tables, key id, what was quarantined"},
    {"hold", "ID", "Hold a study (12), a bundle (bundle:3) or a share (3f2a...)"},
    {"release", "ID", "Release what is held; it goes on where it stopped"},
    {"retry", "ID", "Try again at once; an unrouted study is matched against today's routes"},
    {"quarantine", "ID", "Take an instance (its number) out of its study; it is kept"},
    {"revoke", "ID", "Revoke a share: nothing can be fetched any more, its keys are erased"},
    {"resend", "ID", "A new link in a new mail; the old link stops working"},
    {"shares code", "ID", "The code of a share, to be read out on the telephone"},
    {"recipients code", "NAME", "Make the standing code of a recipient, to be handed over once"},
    {"audit verify", nullptr, "Verify the audit chain"},
    {"mail test", "ADDRESS", "Send a test mail and tell what the mail server answered"},
    {"clock confirm", nullptr, "Confirm the clock after a jump; purging goes on"},
};

CLI::App* existing(CLI::App& app, const std::string& name) {
  const auto found = app.get_subcommands([&](CLI::App* sub) { return sub->get_name() == name; });
  return found.empty() ? nullptr : found.front();
}

std::string about(const std::string& group) {
  if (group == "recipients") return "Standing codes of recipients: recipients code NAME";
  if (group == "audit") return "The audit chain: audit verify, audit export";
  if (group == "mail") return "The mail server: mail test ADDRESS";
  if (group == "clock") return "After a jump of the clock: clock confirm";
  return "Keys: keys create, keys vault --private FILE";
}

CLI::App* command_for(CLI::App& app, const std::string& words, const char* what) {
  const auto space = words.find(' ');
  if (space == std::string::npos) {
    auto* there = existing(app, words);
    return there != nullptr ? there : app.add_subcommand(words, what);
  }
  const std::string first = words.substr(0, space);
  auto* group = existing(app, first);
  if (group == nullptr) {
    group = app.add_subcommand(first, about(first));
    group->require_subcommand(1);
  }
  return group->add_subcommand(words.substr(space + 1), what);
}

void add_asked(CLI::App& app, Options& options, int& exit_code) {
  for (const auto& asked : kAsked) {
    auto* sub = command_for(app, asked.words, asked.what);
    const std::string words = asked.words;
    if (asked.argument != nullptr) {
      const bool optional = asked.argument[0] == '[';
      const std::string name = optional ? "ID" : asked.argument;
      const std::string key = words == "mail test" ? "address" : "id";
      auto* option = sub->add_option_function<std::string>(
          name,
          [&options, key](const std::string& value) { options.request.arguments[key] = value; },
          "");
      if (!optional) option->required();
    }
    if (words == "studies")
      sub->add_flag_callback(
          "--held", [&options] { options.request.arguments["held"] = "true"; },
          "Only what is held");
    if (words == "recipients code")
      sub->add_flag_callback(
          "--replace", [&options] { options.request.arguments["replace"] = "true"; },
          "Make a new code where there is one");
    if (words == "status")
      sub->add_option("--watch", options.watch, "Again every so many seconds, until Ctrl-C")
          ->expected(0, 1)
          ->default_str("2")
          ->check(CLI::Range(1U, 3600U))
          ->option_text("[SECONDS]");
    sub->add_flag("--json", options.json, "As JSON");
    // A group's own callback runs too (`shares code` is also `shares`): the inner command has
    // spoken.
    sub->callback([&options, &exit_code, sub, words] {
      if (!sub->get_subcommands().empty()) return;
      options.request.command = words;
      if (words == "status" && options.json) options.request.arguments["seconds"] = "true";
      if (words == "report" && options.json) options.request.arguments["fields"] = "true";
      exit_code = ask(options);
    });
  }
}

void add_vault_key(CLI::App& app, std::string& private_key, int& exit_code) {
  auto* vault_key = command_for(app, "keys vault",
                                "Make the key of the re-identification vault: the private half in "
                                "a file, the public half printed");
  vault_key->add_option("--private", private_key, "The file, for the data protection officer")
      ->required()
      ->type_name("FILE");
  vault_key->callback([&] { exit_code = create_vault_key(private_key); });
}

void add_reidentify(CLI::App& app, const Options& options, Reidentification& asked,
                    int& exit_code) {
  auto* command = app.add_subcommand(
      "reidentify", "Whom pseudonyms stand for, with the vault's private key; shows patient data");
  command->add_option("PSEUDONYM|UID", asked.names,
                      "Pseudonyms, or Study Instance UIDs as they were sent");
  command->add_option("--key", asked.keys, "The vault's private key; older ones too")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command->add_option("--vault", asked.vault, "A copy of vault.db (default: the service's)")
      ->type_name("FILE");
  auto* csv = command->add_option("--csv", asked.csv,
                                  "Into a new file (-: standard output) as id_old,id_new; "
                                  "everything, when nobody is named");
  csv->type_name("FILE");
  command->add_flag("--studies", asked.studies, "In the CSV studies, not patients")->needs(csv);
  command->add_flag("--yes", asked.yes, "Write the CSV, and do not only count")->needs(csv);
  command->add_flag("--json", asked.json, "As JSON")->excludes(csv);
  command->callback([&] { exit_code = reidentify_these(options, asked); });
}

}  // namespace

long parse_duration(const std::string& text) {
  if (text.size() < 2 || text.size() > 6 || text.find_first_not_of("0123456789") != text.size() - 1)
    return 0;
  const long number = std::stol(text.substr(0, text.size() - 1));
  switch (text.back()) {
    case 's':
      return number;
    case 'm':
      return number * 60;
    case 'h':
      return number * 3600;
    case 'd':
      return number * 86400;
    default:
      return 0;
  }
}

int run(int argc, char** argv) {
  CLI::App app("dcmcourier: receive studies, and deliver them as sealed, expiring links",
               "dcmcourier");
  Options options;
  int exit_code = 0;
  app.set_version_flag("--version", "dcmcourier " DCMCOURIER_VERSION);
  app.add_option("--config", options.config, "The configuration")->capture_default_str();
  app.add_option("--socket", options.socket,
                 "Dispatch's control socket (default: the configuration's)");
  app.require_subcommand(1);
  app.fallthrough();
  add_asked(app, options, exit_code);

  std::string file;
  auto* check_command =
      app.add_subcommand("check", "Check the configuration: all complaints at once");
  check_command->add_option("FILE", file, "Another file than --config");
  check_command->callback([&] { exit_code = check(file.empty() ? options.config : file); });

  doctor::Request examination;
  bool no_mail = false;
  auto* doctor = app.add_subcommand(
      "doctor", "Look at everything, and say what to do: a line for each finding");
  doctor->add_option("--mail", examination.address, "Send a test mail there")->type_name("ADDRESS");
  doctor->add_flag("--no-mail", no_mail, "Do not ask the mail server")->excludes("--mail");
  doctor->add_flag("--json", options.json, "As JSON");
  doctor->callback([&] {
    examination.config = options.config;
    examination.socket = options.socket;
    examination.mail = !no_mail;
    exit_code = run_doctor(examination, options.json);
  });

  std::vector<std::string> what;
  AsIf as_if;
  auto* explain = app.add_subcommand(
      "explain", "Which route a study or files match, and why; shows patient data");
  explain->add_option("STUDY|FILE", what, "A study's number, or DICOM files")->required();
  explain->add_option("--calling", as_if.calling_ae_title, "As if sent by this AE title");
  explain->add_option("--called", as_if.called_ae_title, "As if sent to this AE title");
  explain->add_option("--address", as_if.peer_address, "As if sent from this address");
  explain->add_flag("--json", options.json, "As JSON");
  explain->callback([&] {
    const bool number =
        what.size() == 1 && what[0].find_first_not_of("0123456789") == std::string::npos;
    options.request = {"explain", {{"id", what[0]}}};
    exit_code = number ? ask(options) : explain_these(options, what, as_if);
  });

  Deidentification files;
  add_deidentify(app, options.config, files, exit_code);

  std::string share, by;
  auto* extend = app.add_subcommand("extend", "Let a share end later");
  extend->add_option("ID", share, "The share")->required();
  extend->add_option("--by", by, "By how long: 12h, 3d")->required();
  extend->callback([&] {
    options.request = {"extend", {{"id", share}, {"seconds", std::to_string(parse_duration(by))}}};
    exit_code = parse_duration(by) > 0 ? ask(options)
                                       : print({kUsage, "--by 12h or --by 3d", {}, {}}, false);
  });

  auto* audit_export = command_for(app, "audit export", "All records as lines of JSON");
  audit_export->callback([&] {
    options.request.command = "audit export";
    exit_code = export_audit(options);
  });

  std::string directory;
  auto* create =
      command_for(app, "keys create",
                  "Make the credentials that the configuration names: KEK, de-identification key");
  create->add_option("--out", directory,
                     "The folder (default: credentials/ beside the configuration)");
  create->callback([&] { exit_code = create_keys(options.config, directory); });

  std::string private_key;
  Reidentification looked_for;
  add_vault_key(app, private_key, exit_code);
  add_reidentify(app, options, looked_for, exit_code);

  auto* pair =
      app.add_subcommand("pair", "Make this daemon's key for the portal and print its pin");
  pair->add_option("--out", directory,
                   "The folder (default: credentials/ beside the configuration)");
  pair->callback([&] { exit_code = pair_with_portal(options.config, directory); });

  std::string script;
  auto* import =
      app.add_subcommand("import-ctp", "Device rules from a script of CTP's DicomPixelAnonymizer");
  import->add_option("FILE", script, "The script")->required();
  import->callback([&] { exit_code = import_ctp_script(script);
});

auto* open = app.add_subcommand("open", "Open a link: the same as dcmcourier-open");
open->prefix_command();
open->callback([&] { exit_code = open_link(open->remaining()); });

try {
  app.parse(argc, argv);
} catch (const CLI::ParseError& error) {
  return app.exit(error) == 0 ? 0 : kUsage;
}
return exit_code;
}  // namespace command

}  // namespace command
