#include "settings/report.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <cerrno>
#include <iterator>

#include "route/condition.h"
#include "settings/values.h"

namespace settings {
namespace {

std::string plural(std::size_t count, const char* word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

std::string warning_about(const std::string& reference, const std::string& path) {
  if (reference.empty()) return "";
  const auto file = credential_path(reference, path);
  if (!file.ok()) return "";
  struct stat found {};
  if (stat(file.value().c_str(), &found) != 0) {
    return fmt::format("warning: {}: no file {}\n", reference, file.value());
  }
  if ((found.st_mode & (S_IRWXG | S_IRWXO)) == 0) return "";
  return fmt::format("warning: {}: {} is readable by group or others; chmod 600\n", reference,
                     file.value());
}

// These are receive's: readable by its group, and in a folder that not everybody may look into.
std::string warning_about_pem(const std::string& file, const std::string& path, bool secret) {
  const auto where = file.empty() ? base::Result<std::string>(file) : path_of(file, path);
  if (!where.ok() || where.value().empty()) return "";
  struct stat found {};
  if (stat(where.value().c_str(), &found) != 0)
    return errno == ENOENT ? fmt::format("warning: no file {}\n", where.value()) : "";
  if (!secret || (found.st_mode & S_IRWXO) == 0) return "";
  return fmt::format("warning: {} is readable by everybody; chmod 640\n", where.value());
}

std::string warnings(const Settings& settings, const std::string& path) {
  std::string text;
  for (const auto& reference :
       {settings.kek, settings.domain_key, settings.portal.key, settings.mail.password}) {
    text += warning_about(reference, path);
  }
  const ReceiverTLS& tls = settings.receiver.tls;
  for (const auto& file : {tls.certificate, tls.key, tls.client_ca})
    text += warning_about_pem(file, path, file == tls.key);
  return text;
}

using Out = std::back_insert_iterator<std::string>;

std::string flow(const std::vector<std::string>& texts) {
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

void print_node(Out out, const Settings& s) {
  const Receiver& r = s.receiver;
  fmt::format_to(out, "receiver:\n  ae_titles: {}\n  listen: {}\n  callers:\n", flow(r.ae_titles),
                 flow(r.listen));
  for (const Caller& caller : r.callers) {
    fmt::format_to(out,
                   "    - {{ae_title: \"{}\", address: \"{}\", certificate: \"{}\", tls: {}}}\n",
                   caller.ae_title, caller.address, caller.certificate, caller.tls);
  }
  if (r.tls.on()) {
    fmt::format_to(out, "  tls:\n    listen: {}\n    certificate: {}\n    key: {}\n",
                   flow(r.tls.listen), r.tls.certificate, r.tls.key);
    fmt::format_to(out, "    client_ca: {}\n    client_certificate: {}\n", r.tls.client_ca,
                   r.tls.require_client ? "require" : "accept");
  }
  fmt::format_to(out, "  max_associations: {}\n  max_associations_per_peer: {}\n",
                 r.max_associations, r.max_associations_per_peer);
  fmt::format_to(out, "  max_instance_size: {}\n  association_timeout: {}s\n  idle_timeout: {}s\n",
                 format_size(r.max_instance_size), r.association_timeout, r.idle_timeout);
  const std::string low_water = s.storage.low_water_bytes != 0
                                    ? format_size(s.storage.low_water_bytes)
                                    : fmt::format("{:g}%", s.storage.low_water_part * 100);
  fmt::format_to(out, "storage:\n  directory: {}\n  low_water: {}\n  outbox: {:g}%\n",
                 s.storage.directory, low_water, s.storage.outbox_part * 100);
  fmt::format_to(out, "runtime:\n  directory: {}\nkeys:\n  kek: {}\n  deidentify: {}\n",
                 s.runtime_directory, s.kek, s.domain_key);
  if (!s.vault_key.empty())
    fmt::format_to(out, "  vault: \"p256:{}\"\n", base::to_hex(s.vault_key));
  fmt::format_to(out, "studies:\n  quiet_period: {}\n  longest_wait: {}\n  keep: {}\n",
                 format_duration(s.studies.quiet_period), format_duration(s.studies.longest_wait),
                 format_duration(s.studies.keep));
  fmt::format_to(out, "workers: {{work: {}, verify: {}, send: {}}}\n", s.workers.work,
                 s.workers.verify, s.workers.send);
}

void print_ways_out(Out out, const Settings& s) {
  fmt::format_to(out, "portal:\n  url: {}\n  upload: {}\n  pin: {}\n  key: {}\n", s.portal.url,
                 s.portal.upload, s.portal.pin, s.portal.key);
  fmt::format_to(out, "mail:\n  server: {}\n  user: {}\n  password: {}\n  from: {}\n",
                 s.mail.server, s.mail.user, s.mail.password, s.mail.from);
  if (!s.mail.ca_file.empty()) fmt::format_to(out, "  ca_file: {}\n", s.mail.ca_file);
  fmt::format_to(out, "sender:\n  name: {}\n  department: {}\n  telephone: \"{}\"\n", s.sender.name,
                 s.sender.department, s.sender.telephone);
}

void print_recipient(Out out, const route::Recipient& one) {
  fmt::format_to(out, "  {}:\n    name: {}\n    email: {}\n    language: {}\n    code: {}\n",
                 one.id, one.name, one.email, one.language,
                 one.operator_code ? "operator" : "agreed");
  fmt::format_to(out, "    known_as: [");
  for (std::size_t i = 0; i < one.known_as.size(); ++i) {
    fmt::format_to(out, "{}\"{}\"", i == 0 ? "" : ", ", one.known_as[i]);
  }
  fmt::format_to(out, "]\n");
}

void print_rule(Out out, const route::Rule& rule) {
  std::vector<std::string> recipients;
  for (const auto& one : rule.recipients) {
    recipients.push_back(one.by.empty() ? one.name : "{by: " + one.by + "}");
  }
  fmt::format_to(out, "  - name: {}\n    # match {}\n    recipients: {}\n", rule.name,
                 rule.match ? to_string(*rule.match) : "", flow(recipients));
  fmt::format_to(out, "    leave_out: {{sop_class: {}, modality: {}}}\n",
                 flow(rule.leave_out_sop_classes), flow(rule.leave_out_modalities));
  if (rule.deidentify.none) {
    fmt::format_to(out, "    deidentify: none\n");
  } else {
    fmt::format_to(
        out,
        "    deidentify: {{profile: basic, options: {}, text: {}, on_quarantine: {}, vault: {}}}\n",
        flow(rule.deidentify.options), rule.deidentify.blocklist ? "blocklist" : "allowlist",
        rule.deidentify.drop_instance ? "drop_instance" : "hold_study", rule.deidentify.vault);
  }
  const auto& share = rule.share;
  fmt::format_to(
      out, "    share: {{lifetime: {}, purpose: \"{}\", access: {}, compress: {}, pad: {}}}\n",
      format_duration(share.lifetime), share.purpose, share.code ? "code" : "link_only",
      share.compress ? "auto" : "never", share.pad);
}

}  // namespace

Report check_report(const std::string& path) {
  const Loaded loaded = load(path);
  Report report;
  for (const Complaint& complaint : loaded.complaints) {
    report.text += to_string(complaint) + "\n";
  }
  if (!loaded.complaints.empty()) {
    struct stat found {};
    report.exit_code = stat(path.c_str(), &found) == 0 ? EX_CONFIG : EX_NOINPUT;
    report.text += plural(loaded.complaints.size(), "complaint") + "\n";
    return report;
  }
  report.text += warnings(loaded.settings, path);
  report.text += fmt::format(
      "ok: {}, {}{}, revision {}\n", plural(loaded.settings.routes.size(), "route"),
      plural(loaded.settings.recipients.size(), "recipient"),
      loaded.settings.site.digest.empty() ? "" : ", site lists " + loaded.settings.site.digest,
      loaded.settings.revision);
  return report;
}

std::string print_effective(const Settings& settings) {
  std::string text = "# revision " + settings.revision + "\n";
  const Out out(text);
  print_node(out, settings);
  print_ways_out(out, settings);
  fmt::format_to(out, "recipients:\n");
  for (const auto& one : settings.recipients) print_recipient(out, one);
  fmt::format_to(out, "routing: {}\nroutes:\n",
                 settings.routing == route::Policy::AllMatches ? "all_matches" : "first_match");
  for (const auto& rule : settings.routes) print_rule(out, rule);
  return text;
}

}  // namespace settings
