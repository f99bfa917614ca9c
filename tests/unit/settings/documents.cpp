// The documents made from the table are those in the tree. To make them anew:
// SETTINGS_UPDATE=1 build/bin/test_settings --gtest_filter='Documents.*'
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "files.h"
#include "settings/describe.h"
#include "settings/settings.h"
#include "settings/table.h"

namespace {

void expect_current(const std::string& name, const std::string& content) {
  const std::string path = std::string(SOURCE_DIR) + "/" + name;
  if (std::getenv("SETTINGS_UPDATE") != nullptr) {
    std::ofstream(path, std::ios::binary) << content;
  }
  EXPECT_TRUE(read_whole(path) == content) << name << " is not what the table makes";
}

TEST(Documents, SampleIsCurrent) { expect_current("config/dcmcourier.yaml", settings::sample()); }

TEST(Documents, ManualPageIsCurrent) {
  expect_current("packaging/man/dcmcourier.yaml.5.scd", settings::manual());
}

TEST(Documents, JsonSchemaIsCurrent) {
  expect_current("config/dcmcourier.schema.json", settings::json_schema());
}

TEST(Documents, SampleAndSchemaOfTheSiteListsAreCurrent) {
  expect_current("config/deidentify/site.yaml", settings::site_sample());
  expect_current("config/dcmcourier-site.schema.json", settings::site_json_schema());
}

TEST(Documents, SampleLoadsWithoutComplaintAndWithTheExampleOfEachSection) {
  const auto loaded = settings::load(std::string(SOURCE_DIR) + "/config/dcmcourier.yaml");
  for (const auto& complaint : loaded.complaints) ADD_FAILURE() << to_string(complaint);
  const auto& s = loaded.settings;
  EXPECT_EQ(s.receiver.ae_titles, std::vector<std::string>{"COURIER"});
  ASSERT_EQ(s.receiver.callers.size(), 1u);
  EXPECT_EQ(s.receiver.callers[0].address, "10.1.2.0/24");
  ASSERT_EQ(s.routes.size(), 2u);
  EXPECT_TRUE(s.routes[0].deidentify.none);
  EXPECT_EQ(s.routes[1].leave_out_sop_classes[0], "1.2.840.10008.5.1.4.1.1.88.67");
  EXPECT_EQ(s.recipients.at(0).known_as.size(), 2u);
}

void expect_documented(const settings::Shape& shape, const std::string& where) {
  for (const auto& key : shape.keys) {
    EXPECT_GT(key.doc.size(), 5u) << where << key.name;
    EXPECT_TRUE(key.read) << where << key.name;
    if (key.inside) expect_documented(*key.inside, where + key.name + ".");
  }
}

TEST(Documents, EveryKeyIsDocumented) {
  expect_documented(*settings::settings_table().shape(), "");
}

TEST(Documents, ManualNamesEveryKeyByItsPath) {
  const std::string manual = settings::manual();
  for (const char* path :
       {"*receiver.max\\_instance\\_size* (size)", "*routes[].share.lifetime* (duration)",
        "*recipients.NAME.email* (a mail address), required", "*studies.keep*"}) {
    EXPECT_NE(manual.find(path), manual.npos) << path;
  }
}

// What the structs begin with and what the table says must not drift apart.
TEST(Documents, DefaultsOfTheTableAreThoseOfTheStructs) {
  settings::Settings fresh, read;
  settings::read_defaults(*settings::settings_table().shape(), &read);
  EXPECT_EQ(read.storage.directory, fresh.storage.directory);
  EXPECT_EQ(read.storage.low_water_part, fresh.storage.low_water_part);
  EXPECT_EQ(read.storage.low_water_bytes, fresh.storage.low_water_bytes);
  EXPECT_EQ(read.storage.outbox_part, fresh.storage.outbox_part);
  EXPECT_EQ(read.runtime_directory, fresh.runtime_directory);
  EXPECT_EQ(read.studies.quiet_period, fresh.studies.quiet_period);
  EXPECT_EQ(read.studies.longest_wait, fresh.studies.longest_wait);
  EXPECT_EQ(read.studies.keep, fresh.studies.keep);
  EXPECT_EQ(read.workers.work, fresh.workers.work);
  EXPECT_EQ(read.workers.verify, fresh.workers.verify);
  EXPECT_EQ(read.workers.send, fresh.workers.send);
  EXPECT_EQ(read.domain_key, fresh.domain_key);
  EXPECT_EQ(read.kek, fresh.kek);
  EXPECT_EQ(read.routing, fresh.routing);

  settings::Settings with_receiver;
  settings::Complaints none;
  const auto node =
      settings::parse_yaml("receiver: {ae_titles: [A], callers: [{ae_title: B}]}", "test", none);
  settings::settings_table().read(*node, with_receiver, none);
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(with_receiver.receiver.max_associations, fresh.receiver.max_associations);
  EXPECT_EQ(with_receiver.receiver.max_associations_per_peer,
            fresh.receiver.max_associations_per_peer);
  EXPECT_EQ(with_receiver.receiver.max_instance_size, fresh.receiver.max_instance_size);
  EXPECT_EQ(with_receiver.receiver.association_timeout, fresh.receiver.association_timeout);
  EXPECT_EQ(with_receiver.receiver.idle_timeout, fresh.receiver.idle_timeout);

  route::Rule rule, defaults;
  settings::read_defaults(*settings::rule_table().shape(), &rule);
  EXPECT_EQ(rule.share.lifetime, defaults.share.lifetime);
  EXPECT_EQ(rule.share.code, defaults.share.code);
  EXPECT_EQ(rule.share.compress, defaults.share.compress);
  EXPECT_EQ(rule.share.pad, defaults.share.pad);
  EXPECT_EQ(rule.deidentify.drop_instance, defaults.deidentify.drop_instance);
  EXPECT_EQ(rule.deidentify.blocklist, defaults.deidentify.blocklist);
}

TEST(Documents, JsonSchemaIsJsonAndKnowsTheSections) {
  const auto schema = nlohmann::json::parse(settings::json_schema());
  EXPECT_EQ(schema["additionalProperties"], false);
  for (const char* section : {"receiver", "portal", "mail", "routes", "recipients", "keys"}) {
    EXPECT_TRUE(schema["properties"].contains(section)) << section;
  }
  EXPECT_EQ(schema["properties"]["workers"]["properties"]["work"]["maximum"], 64);
}

}  // namespace
