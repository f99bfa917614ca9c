#include "share/grant.h"

#include <algorithm>

#include "share/json.h"

namespace share {
namespace {

constexpr std::uint64_t kOverhead = 56;  // header and one tag of a sealed stream

const char* complaint(const Grant& grant) {
  if (grant.blobs.empty() || grant.blobs.size() > kMaxBlobs) return "a grant names 1 to 64 blobs";
  if (grant.fresh_until > grant.not_after) return "fresh_until is after not_after";
  if (grant.issued < 0 || grant.fresh_until < 0) return "a time before 1970";
  if (grant.arm == 0 || grant.issue == 0) return "arm and issue start at 1";
  if (!plain_text(grant.sender) || grant.sender.size() > kMaxText) return "sender is no plain text";
  std::vector<Id> ids;
  for (const auto& blob : grant.blobs) {
    if (!allows(grant.scope, blob.role)) return "a role that the scope does not allow";
    if (blob.key.size() != 32) return "a blob key of another length";
    if (blob.length == 0 || blob.length > kMaxInteger || blob.sealed_length > kMaxInteger ||
        blob.sealed_length < blob.length + kOverhead)
      return "lengths of a blob contradict each other";
    if (std::ranges::find(ids, blob.id) != ids.end()) return "a blob is named twice";
    ids.push_back(blob.id);
  }
  return nullptr;
}

std::string write_blob(const GrantedBlob& blob) {
  Object json;
  json.bytes("id", blob.id).number("role", static_cast<std::uint64_t>(blob.role));
  json.bytes("key", blob.key.view()).number("length", blob.length);
  json.number("sealed_length", blob.sealed_length);
  json.bytes("sums", blob.sums).bytes("sha256", blob.sha256);
  return json.finish();
}

GrantedBlob read_blob(Members& json) {
  GrantedBlob blob;
  blob.id = json.id("id");
  blob.role = static_cast<Role>(json.number("role", 1, 5));
  blob.key = json.secret("key");
  blob.length = json.number("length", 1);
  blob.sealed_length = json.number("sealed_length", 1);
  blob.sums = json.digest("sums");
  blob.sha256 = json.digest("sha256");
  return blob;
}

}  // namespace

bool allows(Scope scope, Role role) {
  if (role == Role::Overlay) return true;
  const bool original = role == Role::Package || role == Role::Index;
  return scope == Scope::Take ? original : !original;
}

const char* word(Scope scope) { return scope == Scope::View ? "view" : "take"; }

base::Result<std::string> write_cover(const Cover& cover) {
  for (const auto& text : {cover.sender, cover.contact, cover.code_by, cover.language})
    if (!plain_text(text) || text.size() > kMaxText)
      return base::reject("share.cover", "a text too long, or with control characters");
  Object json;
  json.number("v", 1).text("sender", cover.sender).text("contact", cover.contact);
  json.text("code_by", cover.code_by).text("language", cover.language);
  return json.finish();
}

base::Result<Cover> parse_cover(std::string_view text) {
  auto json = Members::parse(text, kMaxCover);
  json.version();
  Cover cover;
  cover.sender = json.text("sender");
  cover.contact = json.text("contact");
  cover.code_by = json.text("code_by");
  cover.language = json.text("language");
  return json.done(std::move(cover));
}

base::Result<std::string> write_grant(const Grant& grant) {
  if (const char* why = complaint(grant)) return base::reject("share.grant", why);
  std::vector<std::string> blobs;
  for (const auto& blob : grant.blobs) blobs.push_back(write_blob(blob));
  Object json(1024 + 512 * grant.blobs.size());
  json.number("v", 1).bytes("share", grant.share);
  json.text("scope", word(grant.scope)).number("arm", grant.arm).number("issue", grant.issue);
  json.number("study_revision", grant.study_revision).time("issued", grant.issued);
  json.time("not_after", grant.not_after).time("fresh_until", grant.fresh_until);
  auto blob_list = list(blobs);
  json.text("sender", grant.sender).raw("blobs", blob_list);
  for (auto& text : blobs) explicit_bzero(text.data(), text.size());
  explicit_bzero(blob_list.data(), blob_list.size());
  return json.finish();
}

base::Result<Grant> parse_grant(std::string_view text) {
  auto json = Members::parse(text, kMaxGrant);
  json.version();
  Grant grant;
  grant.share = json.id("share");
  const auto scope = json.text("scope");
  json.require(scope == "view" || scope == "take", "member scope: neither view nor take");
  grant.scope = scope == "view" ? Scope::View : Scope::Take;
  grant.arm = json.small("arm", 1);
  grant.issue = json.small("issue", 1);
  grant.study_revision = json.small("study_revision", 1);
  grant.issued = json.time("issued");
  grant.not_after = json.time("not_after");
  grant.fresh_until = json.time("fresh_until");
  grant.sender = json.text("sender");
  json.each("blobs", kMaxBlobs, [&](Members& blob) { grant.blobs.push_back(read_blob(blob)); });
  if (const char* why = complaint(grant)) json.require(false, why);
  return json.done(std::move(grant));
}

}  // namespace share
