#include <gtest/gtest.h>
#include <sys/stat.h>

#include "files.h"
#include "route/condition.h"
#include "settings/report.h"
#include "settings/settings.h"

namespace {

const std::string kReceiver =
    "receiver: {ae_titles: [COURIER], callers: [{ae_title: CT01, address: 10.1.2.0/24}]}\n";
const std::string kWaysOut =
    "portal: {url: https://share.example.org, upload: 'share.example.org:8444', pin: 'sha256:" +
    std::string(64, 'a') +
    "'}\n"
    "mail: {server: smtps://mail.example.org, from: imaging@example.org}\n"
    "sender: {name: St. Example Hospital, telephone: '+1 555 0100'}\n"
    "recipients: {dr: {name: Dr. A, email: a@clinic.example}}\n";

std::string route_of(const std::string& match, const std::string& more = "") {
  return "- {name: r, match: " + match + ", recipients: [dr], deidentify: {profile: basic}" + more +
         "}\n";
}

settings::Settings good(const Folder& folder, const std::string& yaml) {
  const auto loaded = settings::load(folder.write("dcmcourier.yaml", yaml));
  for (const auto& one : loaded.complaints) ADD_FAILURE() << to_string(one);
  return loaded.settings;
}

std::string condition_of(const std::string& match) {
  const Folder folder;
  const auto s = good(folder, kReceiver + kWaysOut + "routes:\n" + route_of(match));
  return s.routes.size() == 1 && s.routes[0].match ? to_string(*s.routes[0].match) : "";
}

TEST(Loading, TheLeastConfigurationReceivesAndKeeps) {
  const Folder folder;
  const auto s = good(folder, kReceiver);
  EXPECT_EQ(s.receiver.listen, std::vector<std::string>{"[::]:11112"});
  EXPECT_FALSE(s.receiver.tls.on());
  EXPECT_EQ(s.studies.quiet_period, 60);
  EXPECT_TRUE(s.routes.empty());
  EXPECT_EQ(s.routing, route::Policy::FirstMatch);
}

TEST(Loading, EveryValueArrives) {
  const Folder folder;
  const auto s = good(folder, R"(
receiver:
  ae_titles: [A, B]
  listen: 127.0.0.1:0
  callers: [{ae_title: CT01}, {address: "2001:db8::/32", certificate: "dns:ct.example", tls: true}]
  tls: {listen: "127.0.0.1:2762", certificate: /tmp/c.pem, key: "credential:t", client_ca: /tmp/ca.pem, client_certificate: accept}
  max_associations: 7
  max_associations_per_peer: 3
  max_instance_size: 2 GiB
  association_timeout: 5s
  idle_timeout: 2m
storage: {directory: /srv/x, low_water: 1 GB, outbox: 25%}
runtime: {directory: /tmp/run}
keys: {kek: "credential:k", deidentify: "credential:d"}
studies: {quiet_period: 2s, longest_wait: 1h, keep: 30d}
workers: {work: 3, verify: 2, send: 9}
portal: {url: "http://127.0.0.1:8080", upload: "127.0.0.1:8444", pin: "sha256:)" +
                                  std::string(64, 'B') + R"(", key: "credential:p"}
mail: {server: "smtp://127.0.0.1:2525", user: u, password: "credential:m", from: a@b.example, ca_file: /tmp/ca.pem}
sender: {name: N, department: D, telephone: T}
recipients:
  dr-a: {name: A, email: a@c.example, language: de, code: operator, known_as: ["X^Y"]}
routing: all_matches
routes:
  - name: one
    match: {modality: CT}
    recipients: [dr-a, {by: institution}]
    leave_out: {sop_class: [CTImageStorage, "1.2.3"], modality: [SR, KO]}
    deidentify: {options: [retain_uids, retain_full_dates, clean_descriptors], text: blocklist, on_quarantine: drop_instance}
    share: {lifetime: 1d, purpose: research, access: link_only, compress: never, pad: false}
)");
  EXPECT_EQ(s.receiver.listen, std::vector<std::string>{"127.0.0.1:0"});
  EXPECT_EQ(s.receiver.callers.at(0).address, "");
  EXPECT_EQ(s.receiver.callers.at(1).ae_title, "*");
  EXPECT_EQ(s.receiver.callers.at(1).certificate, "dns:ct.example");
  EXPECT_TRUE(s.receiver.callers.at(1).tls && !s.receiver.callers.at(0).tls);
  EXPECT_EQ(s.receiver.tls.listen, std::vector<std::string>{"127.0.0.1:2762"});
  EXPECT_EQ(s.receiver.tls.certificate + s.receiver.tls.key, "/tmp/c.pemcredential:t");
  EXPECT_EQ(s.receiver.tls.client_ca, "/tmp/ca.pem");
  EXPECT_FALSE(s.receiver.tls.require_client);
  EXPECT_EQ(s.receiver.max_associations, 7u);
  EXPECT_EQ(s.receiver.max_associations_per_peer, 3u);
  EXPECT_EQ(s.receiver.max_instance_size, 2ull << 30);
  EXPECT_EQ(s.receiver.association_timeout, 5u);
  EXPECT_EQ(s.receiver.idle_timeout, 120u);
  EXPECT_EQ(s.storage.directory, "/srv/x");
  EXPECT_EQ(s.storage.low_water_bytes, 1'000'000'000u);
  EXPECT_DOUBLE_EQ(s.storage.outbox_part, 0.25);
  EXPECT_EQ(s.runtime_directory, "/tmp/run");
  EXPECT_EQ(s.kek, "credential:k");
  EXPECT_EQ(s.domain_key, "credential:d");
  EXPECT_EQ(s.studies.keep, 30 * 86400);
  EXPECT_EQ(s.workers.send, 9u);
  EXPECT_EQ(s.portal.key, "credential:p");
  EXPECT_EQ(s.mail.password, "credential:m");
  EXPECT_EQ(s.mail.ca_file, "/tmp/ca.pem");
  EXPECT_EQ(s.sender.department, "D");
  ASSERT_EQ(s.recipients.size(), 1u);
  EXPECT_EQ(s.recipients[0].id, "dr-a");
  EXPECT_EQ(s.recipients[0].language, "de");
  EXPECT_TRUE(s.recipients[0].operator_code);
  EXPECT_EQ(s.routing, route::Policy::AllMatches);
  ASSERT_EQ(s.routes.size(), 1u);
  const auto& r = s.routes[0];
  EXPECT_EQ(r.recipients.at(0).name, "dr-a");
  EXPECT_EQ(r.recipients.at(1).by, "institution");
  EXPECT_EQ(r.leave_out_sop_classes,
            (std::vector<std::string>{"1.2.840.10008.5.1.4.1.1.2", "1.2.3"}));
  EXPECT_EQ(r.leave_out_modalities, (std::vector<std::string>{"SR", "KO"}));
  EXPECT_EQ(r.deidentify.options,
            (std::vector<std::string>{"retain_uids", "retain_full_dates", "clean_descriptors"}));
  EXPECT_TRUE(r.deidentify.blocklist);
  EXPECT_TRUE(r.deidentify.drop_instance);
  EXPECT_EQ(r.share.lifetime, 86400);
  EXPECT_EQ(r.share.purpose, "research");
  EXPECT_FALSE(r.share.code);
  EXPECT_FALSE(r.share.compress);
  EXPECT_FALSE(r.share.pad);
}

TEST(Loading, ConditionsBecomeTrees) {
  EXPECT_EQ(condition_of("{modality: [MR, CT], called_ae_title: COURIER}"),
            "all: {modality: one of MR, CT, called_ae_title: COURIER}");
  EXPECT_EQ(condition_of("{any: [{modality: CT}, {modality: MR}]}"),
            "all: {any: {all: {modality: CT}, all: {modality: MR}}}");
  EXPECT_EQ(condition_of("{not: {modality: SR}}"), "all: {not: {modality: SR}}");
  EXPECT_EQ(condition_of("{every_instance: {modality: CT}}"),
            "all: {every_instance: {modality: CT}}");
  EXPECT_EQ(condition_of("{study_description: {regex: '(?i)knee'}}"),
            "all: {study_description: regex (?i)knee}");
  EXPECT_EQ(condition_of("{'(0008,1030)': {exists: false}}"), "all: {(0008,1030): does not exist}");
  EXPECT_EQ(condition_of("{slice_thickness: {more_than: 0.5, less_than: 2}}"),
            "all: {slice_thickness: more than 0.5 and less than 2}");
  EXPECT_EQ(condition_of("{instance_number: {between: [1, 5]}}"),
            "all: {instance_number: between 1 and 5}");
  EXPECT_EQ(condition_of("{study_date: {after: 20251231, before: 20270101}}"),
            "all: {study_date: after 20251231 and before 20270101}");
  EXPECT_EQ(condition_of("{caller_address: [10.0.0.0/8, '::1']}"),
            "all: {caller_address: one of 10.0.0.0/8, ::1}");
  EXPECT_EQ(condition_of("{sop_class: CTImageStorage}"),
            "all: {sop_class: 1.2.840.10008.5.1.4.1.1.2}");
}

TEST(Loading, EveryConditionOfTheDocumentationIsValid) {
  std::ifstream in(std::string(SOURCE_DIR) + "/docs/configuration.md");
  int examples = 0;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("match: ")) continue;
    ++examples;
    const std::string match = line.substr(7, line.rfind('}') - 6);
    EXPECT_NE(condition_of(match), "") << match;
  }
  EXPECT_GE(examples, 20);
}

TEST(Loading, RoutesOfTheFolderFollowInTheOrderOfTheirNames) {
  const Folder folder;
  const auto named = [](const char* name) {
    return "- {name: " + std::string(name) +
           ", match: {modality: CT}, recipients: [dr], deidentify: {}}\n";
  };
  folder.write("routes.d/20-b.yaml", "routes:\n" + named("third"));
  folder.write("routes.d/10-a.yml", named("second"));
  folder.write("routes.d/30-empty.yaml", "# nothing\n");
  folder.write("routes.d/40-c.yaml.bak", "not: [read");
  folder.write("routes.d/.hidden.yaml", "not: [read");
  const auto s = good(folder, kReceiver + kWaysOut + "routes:\n" + named("first"));
  ASSERT_EQ(s.routes.size(), 3u);
  EXPECT_EQ(s.routes[0].name, "first");
  EXPECT_EQ(s.routes[1].name, "second");
  EXPECT_EQ(s.routes[2].name, "third");
}

TEST(Loading, TheRevisionIsTheDigestOfEveryFileRead) {
  const Folder folder;
  const std::string one = good(folder, kReceiver).revision;
  EXPECT_EQ(one.size(), 12u);
  EXPECT_EQ(one, good(folder, kReceiver).revision);
  EXPECT_NE(one, good(folder, kReceiver + "# comment\n").revision);
  folder.write("routes.d/a.yaml", "# comment\n");
  EXPECT_NE(one, good(folder, kReceiver).revision);
  const Folder other;
  std::string digest;
  FILE* sum = popen(("sha256sum < " + other.write("x.yaml", kReceiver)).c_str(), "r");
  char text[13] = {};
  ASSERT_EQ(fread(text, 1, 12, sum), 12u);
  pclose(sum);
  EXPECT_EQ(one, text);
}

TEST(Loading, SectionsWithEveryLineCommentedOutAreFine) {
  const Folder folder;
  const auto s = good(folder, kReceiver + "storage:\nstudies:\nrecipients:\nroutes:\nkeys:\n");
  EXPECT_EQ(s.storage.directory, "/var/lib/dcmcourier");
}

TEST(Credentials, ComeFromSystemdFirstAndFromBesideTheFileElse) {
  const Folder folder, systemd;
  const std::string file = folder.write("dcmcourier.yaml", kReceiver);
  folder.write("credentials/mail", "beside\r\n");
  unsetenv("CREDENTIALS_DIRECTORY");
  const auto text = [&] {
    const auto secret = settings::credential("credential:mail", file);
    return secret.ok() ? std::string(base::as_text(secret.value().view())) : secret.fault().what;
  };
  EXPECT_EQ(text(), "beside");
  setenv("CREDENTIALS_DIRECTORY", systemd.path().c_str(), 1);
  EXPECT_EQ(text(), "beside");
  systemd.write("mail", "from systemd\n\n");
  EXPECT_EQ(text(), "from systemd\n");
  unsetenv("CREDENTIALS_DIRECTORY");
}

TEST(Credentials, AreRefusedWhenMissingTooLargeOrNotAReference) {
  const Folder folder;
  const std::string file = folder.write("dcmcourier.yaml", kReceiver);
  folder.write("credentials/large", std::string(70'000, 'x'));
  EXPECT_FALSE(settings::credential("credential:none", file).ok());
  EXPECT_FALSE(settings::credential("credential:large", file).ok());
  EXPECT_FALSE(settings::credential("credential:../dcmcourier.yaml", file).ok());
  EXPECT_FALSE(settings::credential("hunter2", file).ok());
  EXPECT_EQ(settings::credential("hunter2", file).fault().what.find("hunter2"), std::string::npos);
}

TEST(Report, AGoodFileIsOkWithItsCountsAndWarnsOfCredentials) {
  const Folder folder;
  const std::string file = folder.write(
      "dcmcourier.yaml", kReceiver + kWaysOut + "routes:\n" + route_of("{modality: CT}"));
  const std::string key = folder.write("credentials/portal-key", "x");
  chmod(key.c_str(), 0644);
  const std::string kek = folder.write("credentials/kek", "x");
  chmod(kek.c_str(), 0600);
  unsetenv("CREDENTIALS_DIRECTORY");
  const auto report = settings::check_report(file);
  EXPECT_EQ(report.exit_code, 0);
  EXPECT_NE(report.text.find("ok: 1 route, 1 recipient, revision "), std::string::npos);
  EXPECT_NE(report.text.find("portal-key is readable by group or others"), std::string::npos);
  EXPECT_NE(report.text.find("warning: credential:deidentify-key: no file"), std::string::npos);
  EXPECT_EQ(report.text.find("credential:kek"), std::string::npos);
}

TEST(Report, ABadFileIsEX_CONFIGAndAMissingOneEX_NOINPUT) {
  const Folder folder;
  const auto bad = settings::check_report(folder.write("x.yaml", "receiver: {}\ncolour: red\n"));
  EXPECT_EQ(bad.exit_code, 78);
  EXPECT_NE(bad.text.find("x.yaml:2:1: unknown key 'colour'\n3 complaints\n"), std::string::npos);
  const auto missing = settings::check_report(folder.path() + "/none.yaml");
  EXPECT_EQ(missing.exit_code, 66);
  EXPECT_NE(missing.text.find("\n1 complaint\n"), std::string::npos);
}

TEST(Report, EffectiveSettingsShowDefaultsAndNoSecrets) {
  const Folder folder;
  const auto s = good(folder, kReceiver + kWaysOut + "routes:\n" + route_of("{modality: CT}"));
  const std::string text = settings::print_effective(s);
  for (const char* line : {"  quiet_period: 1m\n", "  - name: r\n", "  low_water: 10%\n",
                           "    # match all: {modality: CT}\n", "max_instance_size: 8 GiB"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

}  // namespace
