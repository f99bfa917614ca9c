#include "settings/table.h"

#include "settings/values.h"

namespace settings {
namespace {

// "10%": that part of the disk, but no more than 20 GB; "20 GB": just that.
void read_low_water(Storage& storage, const Node& node, const Key& key, Complaints& complaints) {
  const auto part = node.is_scalar() ? parse_part(node.text) : std::nullopt;
  const auto size = node.is_scalar() ? parse_size(node.text) : std::nullopt;
  if (part && *part > 0 && *part <= 0.9) {
    storage.low_water_part = *part;
    storage.low_water_bytes = 0;
  } else if (size && *size >= 1 << 20) {
    storage.low_water_bytes = *size;
  } else {
    complaints.add(node, key.name + " must be a part such as 10% or a size such as 20 GB");
  }
}

void read_outbox(Storage& storage, const Node& node, const Key& key, Complaints& complaints) {
  const auto part = node.is_scalar() ? parse_part(node.text) : std::nullopt;
  if (part && *part > 0 && *part <= 0.9) {
    storage.outbox_part = *part;
  } else {
    complaints.add(node, key.name + " must be a part of the disk such as 10%, at most 90%");
  }
}

Table<Storage> storage_table() {
  Table<Storage> table;
  table.add(&Storage::directory, {.name = "directory",
                                  .doc = "Spool, outbox and ledger; everything in it is sealed.",
                                  .fallback = "/var/lib/dcmcourier",
                                  .form = "an absolute path",
                                  .check = check_folder});
  table.custom({.name = "low_water",
                .doc = "With less free room than this, new associations are refused. A part means "
                       "that part of the disk or 20 GB, whichever is smaller.",
                .fallback = "10%",
                .form = "a part or a size"},
               read_low_water);
  table.custom({.name = "outbox",
                .doc = "Part of the disk that sealed bundles may take before sealing pauses.",
                .fallback = "10%",
                .form = "a part"},
               read_outbox);
  return table;
}

Table<Studies> studies_table() {
  Table<Studies> table;
  table.add(&Studies::quiet_period,
            {.name = "quiet_period",
             .kind = Kind::Duration,
             .doc = "A study is complete when nothing arrived for it for so long.",
             .fallback = "60s",
             .least = 1,
             .most = 86400});
  table.add(&Studies::longest_wait, {.name = "longest_wait",
                                     .kind = Kind::Duration,
                                     .doc = "A study that never falls quiet is closed after this.",
                                     .fallback = "4h",
                                     .least = 1,
                                     .most = 7 * 86400});
  table.add(&Studies::keep, {.name = "keep",
                             .kind = Kind::Duration,
                             .doc = "How long originals stay, sealed, for sending again.",
                             .fallback = "14d",
                             .least = 60,
                             .most = 3650ll * 86400});
  return table;
}

Table<Portal> portal_table() {
  Table<Portal> table;
  table.add(&Portal::url, {.name = "url",
                           .doc = "What links begin with. http only for loopback hosts.",
                           .example = "https://share.example.org",
                           .form = "https://HOST",
                           .required = true,
                           .check = check_portal_url});
  table.add(&Portal::upload, {.name = "upload",
                              .doc = "Where the portal takes bundles, over mutual TLS.",
                              .example = "share.example.org:8444",
                              .form = "HOST:PORT",
                              .required = true,
                              .check = check_host_port});
  table.add(&Portal::pin, {.name = "pin",
                           .doc = "The portal's public key, as 'dcmcourier-portal pair' prints it: "
                                  "SHA-256 over its SubjectPublicKeyInfo.",
                           .example = "\"sha256:" + std::string(64, '0') + "\"",
                           .form = "sha256:HEX",
                           .required = true,
                           .check = check_pin});
  table.add(&Portal::key, {.name = "key",
                           .doc = "Our private key and certificate for the portal, PEM.",
                           .fallback = "credential:portal-key",
                           .form = "credential:NAME",
                           .check = check_credential});
  return table;
}

Table<Mail> mail_table() {
  Table<Mail> table;
  table.add(&Mail::server, {.name = "server",
                            .doc = "smtps:// for TLS at once, smtp:// for STARTTLS; never without.",
                            .example = "smtps://mail.example.org",
                            .form = "smtps://HOST[:PORT]",
                            .required = true,
                            .check = check_mail_server});
  table.add(&Mail::user, {.name = "user",
                          .doc = "For SMTP AUTH; none when left out.",
                          .example = "courier",
                          .check = check_line});
  table.add(&Mail::password, {.name = "password",
                              .doc = "For SMTP AUTH.",
                              .example = "credential:mail-password",
                              .form = "credential:NAME",
                              .check = check_credential});
  table.add(&Mail::from, {.name = "from",
                          .doc = "Sender of every mail; bounces come back to it.",
                          .example = "imaging@example.org",
                          .form = "a mail address",
                          .required = true,
                          .check = check_mail_address});
  table.add(&Mail::ca_file, {.name = "ca_file",
                             .doc = "Trust anchors (PEM) for the mail server beside the system's.",
                             .form = "an absolute path",
                             .check = check_file});
  return table;
}

Table<Sender> sender_table() {
  Table<Sender> table;
  table.add(&Sender::name, {.name = "name",
                            .doc = "The hospital, as the recipient knows it.",
                            .example = "St. Example Hospital",
                            .required = true,
                            .check = check_line});
  table.add(&Sender::department, {.name = "department",
                                  .doc = "The department.",
                                  .example = "Radiology",
                                  .check = check_line});
  table.add(&Sender::telephone, {.name = "telephone",
                                 .doc = "Where recipients call when something is wrong.",
                                 .example = "\"+1 555 0100\"",
                                 .required = true,
                                 .check = check_line});
  return table;
}

Table<Workers> workers_table() {
  Table<Workers> table;
  const auto count = [](const char* name, const char* doc, const char* fallback) {
    return Key{.name = name,
               .kind = Kind::Number,
               .doc = doc,
               .fallback = fallback,
               .least = 1,
               .most = 64};
  };
  table.add(&Workers::work, count("work", "Children that examine and prepare.", "2"));
  table.add(&Workers::verify, count("verify", "Children that verify sealed bundles.", "1"));
  table.add(&Workers::send, count("send", "Deliveries at once.", "4"));
  return table;
}

Key section_key(const char* name, const char* doc) { return {.name = name, .doc = doc}; }

Key credential_key(const char* name, const char* doc, const char* fallback) {
  return {.name = name,
          .doc = doc,
          .fallback = fallback,
          .form = "credential:NAME",
          .check = check_credential};
}

void read_vault_key(Settings& settings, const Node& node, const Key& key, Complaints& complaints) {
  std::string text;
  if (convert(node, key, complaints, text))
    settings.vault_key = base::from_hex(text.substr(text.find(':') + 1)).value_or(base::Bytes());
}

void add_own_sections(Table<Settings>& table) {
  Table<Settings> runtime, keys;
  runtime.add(&Settings::runtime_directory, {.name = "directory",
                                             .doc = "Where the sockets between the processes are.",
                                             .fallback = "/run/dcmcourier",
                                             .form = "an absolute path",
                                             .check = check_folder});
  keys.add(&Settings::kek,
           credential_key("kek", "Wraps every key at rest: 32 random bytes.", "credential:kek"));
  keys.add(&Settings::domain_key,
           credential_key("deidentify",
                          "32 random bytes from which pseudonyms, new UIDs and shifted dates "
                          "follow: keep it, or the same patient gets other ones.",
                          "credential:deidentify-key"));
  keys.custom({.name = "vault",
               .doc = "Public half of the key of the re-identification vault, as "
                      "'dcmcourier keys vault' prints it; for routes with 'vault: true'.",
               .form = "p256: and 130 hex digits",
               .check = check_vault_key},
              read_vault_key);
  table.section(section_key("runtime", "Places that do not outlive a restart."), runtime);
  table.section(section_key("keys", "Keys of the hospital's own side."), keys);
}

void read_routing(Settings& settings, const Node& node, const Key& key, Complaints& complaints) {
  std::string word;
  if (!convert(node, key, complaints, word)) return;
  settings.routing = word == "all_matches" ? route::Policy::AllMatches : route::Policy::FirstMatch;
}

constexpr const char* kRecipientsExample = R"(
dr-okafor:
  name: Dr. A. Okafor
  email: okafor@clinic.example
  language: en
  code: agreed
  known_as: ["OKAFOR^ADA", "NPI:1234567890"])";

constexpr const char* kRoutesExample = R"(
- name: referring-physician
  match: {called_ae_title: COURIER, modality: [MR, CT]}
  recipients: [{by: referring_physician}]
  deidentify: none
  share: {lifetime: 7d, purpose: treatment}
- name: knee-second-opinion
  match: {study_description: {regex: "(?i)knee"}}
  recipients: [dr-okafor]
  leave_out: {sop_class: [XRayRadiationDoseSRStorage, SecondaryCaptureImageStorage]}
  deidentify: {profile: basic, options: [retain_patient_characteristics, modify_dates]}
  share: {lifetime: 3d, access: code, purpose: second opinion})";

void add_routing(Table<Settings>& table) {
  table.entries(&Settings::recipients, &route::Recipient::id,
                {.name = "recipients",
                 .doc = "The directory of those who may receive, by a name of your choice.",
                 .example = kRecipientsExample},
                recipient_table());
  table.custom({.name = "routing",
                .kind = Kind::Word,
                .doc = "Whether a study takes the first route that matches, or each of them.",
                .fallback = "first_match",
                .words = {"first_match", "all_matches"}},
               read_routing);
  table.list(&Settings::routes,
             {.name = "routes",
              .doc = "Which study goes to whom, and how. What no route matches is kept and "
                     "reported, never sent. Files in routes.d beside this one add further routes, "
                     "in the order of their names.",
              .example = kRoutesExample},
             rule_table());
}

Table<Settings> make_table() {
  Table<Settings> table;
  Key receiver = section_key("receiver", "Receiving DICOM studies.");
  receiver.required = true;
  table.section(&Settings::receiver, receiver, receiver_table());
  table.section(&Settings::storage, section_key("storage", "Where studies wait."), storage_table());
  add_own_sections(table);
  table.section(&Settings::studies, section_key("studies", "When a study is complete."),
                studies_table());
  table.section(&Settings::workers, section_key("workers", "How much is done at once."),
                workers_table());
  table.section(&Settings::portal,
                section_key("portal", "Where bundles are uploaded and links lead."),
                portal_table());
  table.section(&Settings::mail, section_key("mail", "The hospital's mail server."), mail_table());
  table.section(&Settings::sender, section_key("sender", "Who writes, as recipients read it."),
                sender_table());
  add_routing(table);
  return table;
}

}  // namespace

const Table<Settings>& settings_table() {
  static const Table<Settings> table = make_table();
  return table;
}

}  // namespace settings
