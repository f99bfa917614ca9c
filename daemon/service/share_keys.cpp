#include "service/share_keys.h"

#include <algorithm>

#include "seal/primitives.h"
#include "seal/stream.h"
#include "share/record.h"

namespace service {
namespace {

constexpr std::int64_t kPurgeAfter =
    86400;  // blobs stay on the portal for a day after the end, at most

std::array<std::uint8_t, 32> sha256(base::ByteView bytes) { return seal::sha256(bytes); }

base::SecretBytes draw_secret(const share::Id& id, share::Mode mode) {
  auto secret = seal::random_secret(32);
  while (!share::good_secret(id, mode, secret, sha256)) secret = seal::random_secret(32);
  return secret;
}

std::uint8_t byte(share::Mode mode) { return static_cast<std::uint8_t>(mode); }

// The normal form of the code that this share is opened with; empty for a link that opens alone.
base::Result<base::SecretBytes> code_of(House& house, const ledger::Share& share,
                                        const Policy& policy) {
  if (!policy.code) return base::SecretBytes();
  const auto* recipient = house.recipient(share.recipient);
  if (recipient == nullptr)
    return base::reject("service.share", "its recipient is no longer in the settings");
  auto& keys = house.ledger->keys();
  if (!recipient->operator_code) {
    auto code = TRY(keys.get(recipient_code_name(share.recipient)));
    if (!code) return base::reject("service.share", no_code_agreed(share.recipient));
    return std::move(*code);
  }
  auto code = TRY(keys.get(code_key_name(share)));
  if (code) return std::move(*code);
  TRY(new_code(house, code_key_name(share)));
  return keys.need(code_key_name(share));
}

base::Result<share::GrantedBlob> granted(House& house, base::ByteView id, share::Role role,
                                         const std::string& key_name) {
  share::GrantedBlob blob;
  if (id.size() != blob.id.size())
    return base::ask_administrator("service.share", "a published bundle without ids");
  std::copy(id.begin(), id.end(), blob.id.begin());
  blob.role = role;
  blob.key = TRY(house.ledger->keys().need(key_name));
  return blob;
}

void copy_digest(base::ByteView from, share::Digest& to) {
  std::copy_n(from.begin(), to.size(), to.begin());
}

base::Result<std::vector<share::GrantedBlob>> blobs_of(House& house, const ledger::Bundle& bundle) {
  std::vector<share::GrantedBlob> blobs;
  const std::string package_key = "bundle:" + std::to_string(bundle.id) + ":package";
  const std::string index_key = "bundle:" + std::to_string(bundle.id) + ":index";
  auto package = TRY(granted(house, bundle.package_id, share::Role::Package, package_key));
  package.length = static_cast<std::uint64_t>(bundle.package_length);
  package.sealed_length = static_cast<std::uint64_t>(bundle.package_sealed);
  copy_digest(bundle.package_sums, package.sums);
  copy_digest(bundle.package_sha256, package.sha256);
  auto index = TRY(granted(house, bundle.index_id, share::Role::Index, index_key));
  index.length = static_cast<std::uint64_t>(bundle.index_length);
  index.sealed_length = static_cast<std::uint64_t>(bundle.index_sealed);
  copy_digest(bundle.index_sums, index.sums);
  copy_digest(bundle.index_sha256, index.sha256);
  blobs.push_back(std::move(package));
  blobs.push_back(std::move(index));
  return blobs;
}

std::string sender_line(const settings::Sender& sender) {
  return sender.department.empty() ? sender.name : sender.name + ", " + sender.department;
}

base::Result<base::Bytes> sealed_cover(House& house, const ledger::Share& share, share::Mode mode,
                                       const seal::LinkKeys& link) {
  const auto* recipient = house.recipient(share.recipient);
  share::Cover cover;
  cover.sender = sender_line(house.settings.sender);
  cover.contact = house.settings.sender.telephone;
  if (mode != share::Mode::LinkOnly)
    cover.code_by = recipient != nullptr && recipient->operator_code ? "operator" : "agreed";
  cover.language = recipient != nullptr ? recipient->language : "en";
  const auto text = TRY(share::write_cover(cover));
  return seal::seal_bytes(
      link.cover_key,
      seal::cover_ad(byte(mode), share_id(share), static_cast<std::uint32_t>(share.arm)),
      base::as_bytes(text));
}

// The arm is part of a key's name: a new arm draws new keys, and those of the old one can be erased
// after the row has moved on.
std::string key_name(const ledger::Share& share, std::int64_t arm, const char* what) {
  return "share:" + share.id + ":" + std::to_string(arm) + ":" + what;
}

std::string link_part_name(const ledger::Share& share) {
  return key_name(share, share.arm, "link");
}

// h(link_proof) and cover follow from the secret, which is erased once the share is announced; kept
// as the portal has them, so that the share can be amended and extended without it.
base::Status add_link_part(House& house, const ledger::Share& share, share::Mode mode,
                           share::Record& record) {
  auto& keys = house.ledger->keys();
  auto kept = TRY(keys.get(link_part_name(share)));
  if (!kept) {
    const auto secret = TRY(keys.need(secret_key_name(share)));
    const auto link = seal::link_keys(byte(mode), share_id(share), secret);
    base::Bytes part = base::to_bytes(seal::sha256(link.link_proof.view()));
    base::append(part, TRY(sealed_cover(house, share, mode, link)));
    kept = base::SecretBytes(std::move(part));
    TRY(keys.put(link_part_name(share), *kept));
  }
  copy_digest(kept->view(), record.link_proof_sha256);
  record.cover = base::to_bytes(kept->view().subspan(record.link_proof_sha256.size()));
  return base::Done{};
}

base::Result<base::Bytes> sealed_grant(const ledger::Share& share, share::Mode mode,
                                       const share::Grant& grant, const seal::RootKeys& keys) {
  auto text = TRY(share::write_grant(grant));
  const base::SecretBytes json{base::as_bytes(text)};
  explicit_bzero(text.data(), text.size());
  const auto sealed = TRY(seal::seal_bytes(
      keys.take_key,
      seal::grant_ad(byte(mode), share_id(share), static_cast<std::uint8_t>(grant.scope), grant.arm,
                     grant.issue),
      json.view()));
  base::Bytes stored = base::to_bytes(keys.take_check.view());
  base::append(stored, sealed);
  return stored;
}

}  // namespace

std::string secret_key_name(const ledger::Share& share) {
  return key_name(share, share.arm, "secret");
}
std::string root_key_name(const ledger::Share& share) { return key_name(share, share.arm, "root"); }
std::string code_key_name(const ledger::Share& share) { return key_name(share, share.arm, "code"); }
std::string recipient_code_name(const std::string& recipient_id) {
  return "recipient:" + recipient_id + ":code";
}

std::string no_code_agreed(const std::string& recipient_id) {
  return "no code is agreed with " + recipient_id + "; make one: dcmcourier recipients code " +
         recipient_id;
}

share::Id share_id(const ledger::Share& share) {
  share::Id id{};
  const auto bytes = base::from_hex(share.id);
  if (bytes && bytes->size() == id.size()) std::copy(bytes->begin(), bytes->end(), id.begin());
  return id;
}

share::Mode mode_of(const Policy& policy) {
  return policy.code ? share::Mode::Code : share::Mode::LinkOnly;
}

base::Result<std::string> new_code(House& house, const std::string& key_name) {
  const auto dice = seal::random_secret(12);
  const std::string code = share::make_code(dice.view());
  TRY(house.ledger->keys().put(key_name, base::SecretBytes(base::as_bytes(code))));
  return code;
}

base::Status ensure_keys(House& house, const ledger::Share& share, const Policy& policy) {
  auto& keys = house.ledger->keys();
  if (TRY(keys.get(root_key_name(share)))) return base::Done{};
  const auto mode = mode_of(policy);
  const auto code = TRY(code_of(house, share, policy));
  auto secret = TRY(keys.get(secret_key_name(share)));
  if (!secret) {
    secret = draw_secret(share_id(share), mode);
    TRY(keys.put(secret_key_name(share), *secret));
  }
  // This share keeps the code that it was made with, whatever the recipient's code becomes.
  if (policy.code) TRY(keys.put(code_key_name(share), code));
  return keys.put(root_key_name(share),
                  seal::root(byte(mode), share_id(share), *secret, base::as_text(code.view())));
}

base::Result<std::string> record_for(House& house, const ledger::Share& share,
                                     const ledger::Bundle& bundle, base::UnixSeconds now) {
  const auto policy = TRY(parse_policy(share.policy));
  const auto mode = mode_of(policy);
  auto& keys = house.ledger->keys();
  const auto root_keys =
      seal::root_keys(byte(mode), share_id(share), TRY(keys.need(root_key_name(share))));

  share::Grant grant;
  grant.share = share_id(share);
  grant.scope = share::Scope::Take;
  grant.arm = static_cast<std::uint32_t>(share.arm);
  grant.issue = static_cast<std::uint32_t>(share.issue);
  grant.study_revision = static_cast<std::uint32_t>(share.revision);
  grant.issued = now;
  grant.not_after = grant.fresh_until = share.not_after;
  grant.sender = sender_line(house.settings.sender);
  grant.blobs = TRY(blobs_of(house, bundle));

  share::Record record;
  record.arm = grant.arm;
  record.issue = grant.issue;
  record.code_proof_sha256 = seal::sha256(root_keys.code_proof.view());
  record.take_grant = TRY(sealed_grant(share, mode, grant, root_keys));
  for (const auto& blob : grant.blobs) record.take_blobs.push_back(blob.id);
  record.not_after = share.not_after;
  record.purge_after = share.not_after + kPurgeAfter;
  TRY(add_link_part(house, share, mode, record));
  return share::write_record(record);
}

base::Result<std::string> link_of(House& house, const ledger::Share& share, const Policy& policy) {
  const auto secret = TRY(house.ledger->keys().need(secret_key_name(share)));
  return share::write_link(house.settings.portal.url, share_id(share), mode_of(policy), secret,
                           sha256);
}

base::Status erase_keys(House& house, const ledger::Share& share) {
  auto& keys = house.ledger->keys();
  for (std::int64_t arm = 1; arm <= share.arm; ++arm)
    for (const char* what : {"secret", "root", "code", "link"})
      TRY(keys.erase(key_name(share, arm, what)));
  return base::Done{};
}

}  // namespace service
