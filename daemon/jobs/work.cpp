#include "jobs/work.h"

#include "jobs/json.h"
#include "jobs/json_parts.h"

namespace jobs {
namespace {

Json blob_to_json(const SealedBlob& blob) {
  return {{"length", blob.length}, {"sealed_length", blob.sealed_length}};
}
SealedBlob blob_from_json(const Json& json) {
  return {json.at("length").get<std::uint64_t>(), json.at("sealed_length").get<std::uint64_t>()};
}

Json site_to_json(const SiteLists& site) {
  return {{"names", site.names},
          {"number_patterns", site.number_patterns},
          {"allowed_words", site.allowed_words},
          {"device_rules", site.device_rules}};
}
SiteLists site_from_json(const Json& json) {
  SiteLists site;
  json.at("names").get_to(site.names);
  json.at("number_patterns").get_to(site.number_patterns);
  json.at("allowed_words").get_to(site.allowed_words);
  json.at("device_rules").get_to(site.device_rules);
  return site;
}

PrepareJob prepare_from_json(const Json& json, Packet& packet) {
  if (packet.descriptors.size() != 2 || packet.secrets.size() != 3)
    throw std::invalid_argument("descriptors are missing");
  PrepareJob job;
  json.at("instances").get_to(job.instances);
  json.at("base").get_to(job.profile.base);
  json.at("options").get_to(job.profile.options);
  json.at("drop_instance").get_to(job.profile.drop_instance);
  json.at("blocklist").get_to(job.profile.blocklist);
  json.at("overrides").get_to(job.profile.overrides);
  job.site = site_from_json(json.at("site"));
  json.at("pseudonym").get_to(job.pseudonym);
  json.at("shift_days").get_to(job.shift_days);
  job.identifiers = identifiers_from_json(json.at("identifiers"));
  job.package_id = array_from_hex<16>(json.at("package_id"));
  job.index_id = array_from_hex<16>(json.at("index_id"));
  json.at("pad").get_to(job.pad);
  json.at("compress").get_to(job.compress);
  json.at("sender").get_to(job.sender);
  json.at("contact").get_to(job.contact);
  job.package = std::move(packet.descriptors[0]);
  job.index = std::move(packet.descriptors[1]);
  job.uid_key = std::move(packet.secrets[0]);
  job.package_key = std::move(packet.secrets[1]);
  job.index_key = std::move(packet.secrets[2]);
  return job;
}

}  // namespace

Packet write(ExamineJob job) {
  Packet packet;
  Json rows = instances_to_json(job.instances, packet);
  packet.text = dump({{"kind", "examine"}, {"instances", std::move(rows)}, {"paths", job.paths}});
  return packet;
}

Packet write(DigestJob job) {
  Packet packet;
  Json rows = instances_to_json(job.instances, packet);
  packet.text = dump({{"kind", "digest"}, {"instances", std::move(rows)}});
  return packet;
}

Packet write(PrepareJob job) {
  Packet packet;
  packet.text = dump({{"kind", "prepare"},
                      {"instances", job.instances},
                      {"base", job.profile.base},
                      {"options", job.profile.options},
                      {"drop_instance", job.profile.drop_instance},
                      {"blocklist", job.profile.blocklist},
                      {"overrides", job.profile.overrides},
                      {"site", site_to_json(job.site)},
                      {"pseudonym", job.pseudonym},
                      {"shift_days", job.shift_days},
                      {"identifiers", identifiers_to_json(job.identifiers)},
                      {"package_id", hex_of(job.package_id)},
                      {"index_id", hex_of(job.index_id)},
                      {"pad", job.pad},
                      {"compress", job.compress},
                      {"sender", job.sender},
                      {"contact", job.contact}});
  packet.descriptors.push_back(std::move(job.package));
  packet.descriptors.push_back(std::move(job.index));
  packet.secrets.push_back(std::move(job.uid_key));
  packet.secrets.push_back(std::move(job.package_key));
  packet.secrets.push_back(std::move(job.index_key));
  return packet;
}

Packet write_instances(std::vector<SealedInstance> instances) {
  Packet packet;
  Json rows = instances_to_json(instances, packet);
  packet.text = dump({{"kind", "instances"}, {"instances", std::move(rows)}});
  return packet;
}

base::Result<WorkJob> parse_work_job(Packet packet) {
  return guarded_parse([&]() -> WorkJob {
    const Json json = parse_whole(packet.text);
    const auto kind = json.at("kind").get<std::string>();
    if (kind == "examine") {
      ExamineJob job;
      job.instances = instances_from_json(json.at("instances"), packet, 0);
      json.at("paths").get_to(job.paths);
      return job;
    }
    if (kind == "digest") return DigestJob{instances_from_json(json.at("instances"), packet, 0)};
    if (kind == "prepare") return prepare_from_json(json, packet);
    throw std::invalid_argument("kind");
  });
}

base::Result<std::vector<SealedInstance>> parse_instances(Packet packet) {
  return guarded_parse([&] {
    const Json json = parse_whole(packet.text);
    if (json.at("kind") != "instances") throw std::invalid_argument("kind");
    return instances_from_json(json.at("instances"), packet, 0);
  });
}

Packet write(const Fetch& fetch) {
  return {dump({{"kind", "fetch"}, {"from", fetch.from}, {"count", fetch.count}}), {}, {}};
}

Packet write(const Progress& progress) {
  return {dump({{"kind", "progress"}, {"done", progress.done}, {"of", progress.of}}), {}, {}};
}

Packet write(const ExamineReply& reply) {
  Json list = Json::array();
  for (const auto& one : reply.examined) {
    Json row = {{"instance", one.instance}, {"accepted", one.accepted}, {"reason", one.reason}};
    if (one.accepted) {
      row["facts"] = facts_to_json(one.facts.reveal());
      row["identifiers"] = identifiers_to_json(one.facts.reveal().identifiers);
    }
    list.push_back(std::move(row));
  }
  return {dump({{"kind", "examined"}, {"examined", std::move(list)}}), {}, {}};
}

Packet write(const DigestReply& reply) {
  return {dump({{"kind", "digested"}, {"data_sets", reply.data_sets}}), {}, {}};
}

Packet write(const PrepareReply& reply) {
  Json setbacks = Json::array();
  for (const auto& setback : reply.setbacks) setbacks.push_back({setback.instance, setback.reason});
  return {dump({{"kind", "prepared"},
                {"sealed", reply.sealed},
                {"reason", reply.reason},
                {"package", blob_to_json(reply.package)},
                {"index", blob_to_json(reply.index)},
                {"released", reply.released},
                {"series", reply.series},
                {"setbacks", std::move(setbacks)},
                {"counts", reply.counts}}),
          {},
          {}};
}

ExamineReply examine_reply_from_json(const Json& json) {
  ExamineReply reply;
  for (const auto& row : json.at("examined")) {
    Examined one;
    row.at("instance").get_to(one.instance);
    row.at("accepted").get_to(one.accepted);
    row.at("reason").get_to(one.reason);
    if (one.accepted) {
      one.facts = base::Sensitive<Facts>(facts_from_json(row.at("facts")));
      one.facts.reveal().identifiers = identifiers_from_json(row.at("identifiers"));
    }
    reply.examined.push_back(std::move(one));
  }
  return reply;
}

PrepareReply prepare_reply_from_json(const Json& json) {
  PrepareReply reply;
  json.at("sealed").get_to(reply.sealed);
  json.at("reason").get_to(reply.reason);
  reply.package = blob_from_json(json.at("package"));
  reply.index = blob_from_json(json.at("index"));
  json.at("released").get_to(reply.released);
  json.at("series").get_to(reply.series);
  json.at("counts").get_to(reply.counts);
  for (const auto& setback : json.at("setbacks"))
    reply.setbacks.push_back({setback.at(0).get<std::int64_t>(), setback.at(1).get<std::string>()});
  return reply;
}

}  // namespace jobs
