// What the portal reads of a request by hand: targets, ranges, tickets, and the headers of tus. The
// first byte chooses.
#include "fuzz.h"
#include "portal/config.h"
#include "portal/http.h"
#include "portal/target.h"
#include "portal/upload_sink.h"
#include "portal/wire.h"

namespace {

using namespace portal;

void range(std::uint64_t size, std::string_view header) {
  const auto answer = parse_range(header, size);
  if (answer.kind != RangeKind::Part) return;
  HOLDS(answer.range.length > 0 && answer.range.first < size);
  HOLDS(answer.range.length <= size - answer.range.first);
}

void target(std::string_view text) {
  const auto label = log_label(text);
  HOLDS(label == "other" || text.starts_with(label));
  HOLDS(label.find_first_of("?#%\n\r ") == std::string::npos && label.size() <= 25);
  for (const auto suffix : {"", "/finish", "/sums"})
    if (const auto id = id_between(text, "/d/1/blobs/", suffix))
      HOLDS("/d/1/blobs/" + share::id_text(*id) + suffix == text);
  if (const auto number = parse_number(text))
    HOLDS(text.find_first_not_of("0123456789") == text.npos &&
          std::to_string(*number).size() <= text.size());
}

void credentials(std::string_view text) {
  if (const auto ticket = parse_bearer(text))
    HOLDS("Bearer " + base::to_base64url(*ticket) == text);
  const auto agent = clean_agent(text);
  HOLDS(agent.size() <= 200 && clean_agent(agent) == agent);
  Response response(204);
  response.set_header("X-Agent", text);
  for (const auto& [name, value] : response.headers())
    HOLDS(value == text && value.find_first_of("\r\n") == std::string::npos);
  HOLDS((response.status() == 500) == response.headers().empty());
}

void tus(std::string_view text) {
  std::optional<Digest> digest;
  if (!parse_upload_checksum(text, digest)) HOLDS(!text.empty());
  if (digest) HOLDS(text.starts_with("sha256 "));
  if (const auto id = parse_upload_metadata(text))
    HOLDS(text.find("id ") != std::string_view::npos);
}

void bodies(const std::string& text) {
  const auto finish = parse_finish_request(text);
  if (finish.ok()) HOLDS(text.find(base::to_base64url(finish.value().sums)) != std::string::npos);
  const auto confirm = parse_confirm(text);
  if (confirm.ok()) HOLDS(confirm.value() >= 0);
  ListenAddress address;
  if (parse_listen(text, address)) HOLDS(!address.host.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::Input input(bytes, size);
  const auto what = input.byte() % 5;
  if (what == 0) {
    const std::uint64_t length = static_cast<std::uint64_t>(input.number()) << input.byte() % 33;
    return range(length, base::as_text(input.rest())), 0;
  }
  const auto text = base::as_text(input.rest());
  if (what == 1) target(text);
  if (what == 2) credentials(text);
  if (what == 3) tus(text);
  if (what == 4) bodies(std::string(text));
  return 0;
}
