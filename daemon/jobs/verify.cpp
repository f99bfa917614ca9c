#include "jobs/verify.h"

#include "jobs/json.h"
#include "jobs/json_parts.h"

namespace jobs {
namespace {

Json blob_to_json(const BlobToVerify& blob) {
  return {{"id", hex_of(blob.id)}, {"length", blob.length}, {"sealed_length", blob.sealed_length}};
}

BlobToVerify blob_from_json(const Json& json, Packet& packet, std::size_t i) {
  BlobToVerify blob;
  blob.id = array_from_hex<16>(json.at("id"));
  json.at("length").get_to(blob.length);
  json.at("sealed_length").get_to(blob.sealed_length);
  blob.file = std::move(packet.descriptors[i]);
  blob.segment_key = std::move(packet.secrets[i]);
  return blob;
}

Json digests_to_json(const BlobDigests& digests) {
  return {{"sums", base::to_hex(digests.sums)},
          {"sums_sha256", hex_of(digests.sums_sha256)},
          {"sha256", hex_of(digests.sha256)}};
}

BlobDigests digests_from_json(const Json& json) {
  BlobDigests digests;
  digests.sums = base::from_hex(json.at("sums").get<std::string>()).value();
  digests.sums_sha256 = array_from_hex<32>(json.at("sums_sha256"));
  digests.sha256 = array_from_hex<32>(json.at("sha256"));
  return digests;
}

}  // namespace

Packet write(VerifyJob job) {
  Packet packet;
  packet.text = dump({{"kind", "verify"},
                      {"package", blob_to_json(job.package)},
                      {"index", blob_to_json(job.index)},
                      {"deidentified", job.deidentified},
                      {"padded", job.padded},
                      {"instances", job.instances},
                      {"identifiers", identifiers_to_json(job.identifiers)}});
  for (auto* blob : {&job.package, &job.index}) {
    packet.descriptors.push_back(std::move(blob->file));
    packet.secrets.push_back(std::move(blob->segment_key));
  }
  return packet;
}

base::Result<VerifyJob> parse_verify_job(Packet packet) {
  return guarded_parse([&] {
    const Json json = parse_whole(packet.text);
    if (json.at("kind") != "verify" || packet.descriptors.size() != 2 || packet.secrets.size() != 2)
      throw std::invalid_argument("kind");
    VerifyJob job;
    job.package = blob_from_json(json.at("package"), packet, 0);
    job.index = blob_from_json(json.at("index"), packet, 1);
    json.at("deidentified").get_to(job.deidentified);
    json.at("padded").get_to(job.padded);
    json.at("instances").get_to(job.instances);
    job.identifiers = identifiers_from_json(json.at("identifiers"));
    return job;
  });
}

Packet write(const VerifyReply& reply) {
  return {dump({{"kind", "verified"},
                {"clean", reply.clean},
                {"reason", reply.reason},
                {"package", digests_to_json(reply.package)},
                {"index", digests_to_json(reply.index)}}),
          {},
          {}};
}

VerifyReply verify_reply_from_json(const Json& json) {
  VerifyReply reply;
  json.at("clean").get_to(reply.clean);
  json.at("reason").get_to(reply.reason);
  reply.package = digests_from_json(json.at("package"));
  reply.index = digests_from_json(json.at("index"));
  return reply;
}

}  // namespace jobs
