#include "vault/entry.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "seal/schedule.h"
#include "seal/stream.h"

namespace vault {
namespace {

using Json = nlohmann::json;

// magic || key id || ephemeral point || sealed stream
constexpr std::uint8_t kMagic[5] = {'D', 'C', 'M', 'V', 0x01};
constexpr std::size_t kPointSize = 65;
constexpr std::size_t kHeader = sizeof kMagic + std::tuple_size_v<KeyId> + kPointSize;
constexpr std::size_t kPad = 512;  // lengths tell nothing of the values

Json json_of(const Entry& entry) {
  return {{"v", 1},
          {"patient_id", entry.patient_id},
          {"issuer_of_patient_id", entry.issuer_of_patient_id},
          {"accession_number", entry.accession_number},
          {"study_instance_uid", entry.study_instance_uid},
          {"pseudonym", entry.pseudonym},
          {"new_study_instance_uid", entry.new_study_instance_uid},
          {"options", entry.options},
          {"domain_key", entry.domain_key}};
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

base::Result<SensitiveEntry> parse(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    if (json.at("v") != 1) return base::reject("vault.entry", "of a newer version");
    Entry entry;
    json.at("patient_id").get_to(entry.patient_id);
    json.at("issuer_of_patient_id").get_to(entry.issuer_of_patient_id);
    json.at("accession_number").get_to(entry.accession_number);
    json.at("study_instance_uid").get_to(entry.study_instance_uid);
    json.at("pseudonym").get_to(entry.pseudonym);
    json.at("new_study_instance_uid").get_to(entry.new_study_instance_uid);
    json.at("options").get_to(entry.options);
    json.at("domain_key").get_to(entry.domain_key);
    json.at("made_at").get_to(entry.made_at);
    return SensitiveEntry(std::move(entry));
  } catch (const Json::exception&) {
    return base::reject("vault.entry", "an entry that does not read as one");
  }
}

// The same on both sides; everything that is not secret goes into the info.
base::SecretBytes entry_key(const base::SecretBytes& product, base::ByteView header,
                            base::ByteView holder) {
  base::Bytes info = seal::label("vault key");
  base::append(info, header);
  base::append(info, holder);
  return seal::hkdf(product.view(), {}, info, 32);
}

base::Bytes associated_data(base::ByteView header) {
  base::Bytes data = seal::label("vault");
  base::append(data, header);
  return data;
}

base::Fault damaged() { return base::reject("vault.entry", "an entry that is damaged"); }

}  // namespace

KeyId key_id(base::ByteView point) {
  const auto digest = seal::sha256(point);
  KeyId id{};
  std::copy_n(digest.begin(), id.size(), id.begin());
  return id;
}

KeyId key_id_of(base::ByteView sealed) {
  KeyId id{};
  if (sealed.size() >= kHeader) std::copy_n(sealed.begin() + sizeof kMagic, id.size(), id.begin());
  return id;
}

base::Result<base::Bytes> seal_entry(const SensitiveEntry& entry, base::ByteView point) {
  auto json = json_of(entry.reveal());
  json["made_at"] = entry.reveal().made_at;
  std::string text = text_of(json);
  text.resize((text.size() + kPad - 1) / kPad * kPad, ' ');
  const auto ephemeral = seal::generate_p256();
  base::Bytes sealed(std::begin(kMagic), std::end(kMagic));
  base::append(sealed, key_id(point));
  base::append(sealed, ephemeral.point);
  const auto product = TRY(seal::ecdh_p256(ephemeral.scalar, point));
  const auto key = entry_key(product, sealed, point);
  base::append(sealed, TRY(seal::seal_bytes(key, associated_data(sealed), base::as_bytes(text))));
  return sealed;
}

base::Result<SensitiveEntry> open_entry(base::ByteView sealed, const seal::KeyPair& holder) {
  if (sealed.size() < kHeader || !std::equal(std::begin(kMagic), std::end(kMagic), sealed.begin()))
    return damaged();
  if (key_id_of(sealed) != key_id(holder.point))
    return base::reject("vault.entry", "an entry that is sealed to another key");
  const auto header = sealed.first(kHeader);
  const auto product = seal::ecdh_p256(holder.scalar, header.last(kPointSize));
  if (!product.ok()) return damaged();
  const auto key = entry_key(product.value(), header, holder.point);
  const auto text = seal::open_bytes(key, associated_data(header), sealed.subspan(kHeader));
  if (!text.ok()) return damaged();
  return parse(base::as_text(text.value()));
}

std::string content_of(const SensitiveEntry& entry) { return text_of(json_of(entry.reveal())); }

seal::Digest look_up(std::string_view released) {
  base::Bytes message = seal::label("vault look-up");
  base::append(message, base::as_bytes(released));
  return seal::sha256(message);
}

}  // namespace vault
