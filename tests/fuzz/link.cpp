// Links and codes as a person pastes and types them: the first byte chooses. What is read writes to
// a link that reads the same.
#include "share/link.h"

#include <algorithm>

#include "fuzz.h"
#include "seal/primitives.h"

namespace {

bool same_link(const share::Link& a, const share::Link& b) {
  return a.origin == b.origin && a.id == b.id && a.mode == b.mode &&
         fuzz::same(a.secret.view(), b.secret.view());
}

void link(std::string_view text) {
  const auto read = share::parse_link(text, seal::sha256);
  if (!read.ok()) {
    HOLDS(read.fault().remedy == base::Remedy::Reject);
    return;
  }
  const auto& link = read.value();
  HOLDS(link.origin.starts_with("https://") || link.origin.starts_with("http://"));
  HOLDS(link.origin.find_first_of("/@?#%\\ ", 8) == std::string::npos);
  const auto written =
      share::write_link(link.origin, link.id, link.mode, link.secret, seal::sha256);
  const auto again = share::parse_link(written, seal::sha256);
  HOLDS(again.ok() && same_link(again.value(), link));
  HOLDS(!again.value().repaired || link.repaired);
  // Nothing is read out of a text but the link that stands in it, whatever was around it.
  const auto id = share::id_text(link.id);
  std::string bare(text);
  std::erase_if(bare, [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); });
  HOLDS(bare.find(id) != std::string::npos &&
        bare.find(written.substr(written.find('#') + 1)) != std::string::npos);
}

// Sealed with a right sum, so that the reader's last check is passed: what is around it is the
// input's.
void whole_link(fuzz::Input& input) {
  const auto mode = static_cast<share::Mode>(input.byte() % 3);
  const share::Id id{1, 2, 3, input.byte()};
  const base::SecretBytes secret(base::Bytes(32, input.byte()));
  auto text = share::write_link(input.text(), id, mode, secret, seal::sha256);
  const auto rest = base::as_text(input.rest());
  const auto mark = text.rfind('#');
  if (!rest.empty() && rest[0] == '%')
    text.replace(mark, 1, rest.size() > 1 && rest[1] == '2' ? "%2523" : "%23");
  link(text + std::string(rest.substr(std::min<std::size_t>(2, rest.size()))));
}

void code(std::string_view typed) {
  HOLDS(share::normal_code(share::Mode::LinkOnly, typed) == std::string());
  for (const auto mode : {share::Mode::Code, share::Mode::Phrase}) {
    const auto normal = share::normal_code(mode, typed);
    if (!normal) continue;
    HOLDS(share::normal_code(mode, *normal) == normal);
    HOLDS(share::normal_code(mode, share::code_for_people(*normal)) == normal);
    HOLDS(mode != share::Mode::Code || normal->size() == 12);
  }
}

void text_forms(std::string_view text) {
  if (const auto id = share::parse_id(text)) HOLDS(share::id_text(*id) == text);
  if (const auto bytes = base::from_base64url(text)) HOLDS(base::to_base64url(*bytes) == text);
  HOLDS(base::from_base64url(base::to_base64url(base::as_bytes(text))) ==
        base::to_bytes(base::as_bytes(text)));
  HOLDS(base::from_hex(base::to_hex(base::as_bytes(text))) == base::to_bytes(base::as_bytes(text)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::Input input(bytes, size);
  const auto what = input.byte() % 4;
  if (what == 0) link(base::as_text(input.rest()));
  if (what == 1) whole_link(input);
  if (what == 2) code(base::as_text(input.rest()));
  if (what == 3) text_forms(base::as_text(input.rest()));
  return 0;
}
