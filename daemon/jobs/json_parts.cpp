#include "jobs/json_parts.h"

#include "jobs/json.h"

namespace jobs {

Json identifiers_to_json(const identity::Identifiers& identifiers) {
  Json list = Json::array();
  for (const auto& identifier : identifiers.reveal()) list.push_back(identity::written(identifier));
  return list;
}

identity::Identifiers identifiers_from_json(const Json& json) {
  std::vector<identity::Identifier> list;
  list.reserve(json.size());
  for (const auto& text : json.get_ref<const Json::array_t&>()) {
    auto identifier = identity::parse_identifier(text.get_ref<const std::string&>());
    if (!identifier) throw std::invalid_argument("kind");
    list.push_back(std::move(*identifier));
  }
  return identity::Identifiers(std::move(list));
}

Json facts_to_json(const Facts& f) {
  return {{"study", f.study_instance_uid},
          {"series", f.series_instance_uid},
          {"instance", f.sop_instance_uid},
          {"sop_class", f.sop_class_uid},
          {"transfer_syntax", f.transfer_syntax_uid},
          {"patient_id", f.patient_id},
          {"issuer", f.issuer_of_patient_id},
          {"patient_name", f.patient_name},
          {"birth_date", f.patient_birth_date},
          {"modality", f.modality},
          {"calling", f.calling_ae_title},
          {"called", f.called_ae_title},
          {"size", f.data_set_size},
          {"attributes", f.attributes},
          {"undecodable", f.undecodable}};
}

Facts facts_from_json(const Json& json) {
  Facts f;
  json.at("study").get_to(f.study_instance_uid);
  json.at("series").get_to(f.series_instance_uid);
  json.at("instance").get_to(f.sop_instance_uid);
  json.at("sop_class").get_to(f.sop_class_uid);
  json.at("transfer_syntax").get_to(f.transfer_syntax_uid);
  json.at("patient_id").get_to(f.patient_id);
  json.at("issuer").get_to(f.issuer_of_patient_id);
  json.at("patient_name").get_to(f.patient_name);
  json.at("birth_date").get_to(f.patient_birth_date);
  json.at("modality").get_to(f.modality);
  json.at("calling").get_to(f.calling_ae_title);
  json.at("called").get_to(f.called_ae_title);
  json.at("size").get_to(f.data_set_size);
  json.at("attributes").get_to(f.attributes);
  json.at("undecodable").get_to(f.undecodable);
  return f;
}

std::string facts_text(const Facts& facts) { return dump(facts_to_json(facts)); }

base::Result<Facts> parse_facts(const std::string& text) {
  return guarded_parse([&] { return facts_from_json(parse_whole(text)); });
}

Json instances_to_json(std::vector<SealedInstance>& instances, Packet& packet) {
  Json rows = Json::array();
  for (auto& instance : instances) {
    rows.push_back(instance.instance);
    packet.descriptors.push_back(std::move(instance.file));
    packet.secrets.push_back(std::move(instance.segment_key));
  }
  return rows;
}

std::vector<SealedInstance> instances_from_json(const Json& json, Packet& packet,
                                                std::size_t first) {
  if (packet.descriptors.size() < first + json.size() ||
      packet.secrets.size() < first + json.size())
    throw std::invalid_argument("descriptors are missing");
  std::vector<SealedInstance> instances;
  for (std::size_t i = 0; i < json.size(); ++i)
    instances.push_back({json[i].get<std::int64_t>(), std::move(packet.descriptors[first + i]),
                         std::move(packet.secrets[first + i])});
  return instances;
}

}  // namespace jobs
