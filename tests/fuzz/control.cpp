// Small things that stand at a socket or in the spool: control requests and replies, a scraper's
// request, and a spool's header, origin and file names. The first byte chooses.
#include "control/control.h"

#include "fuzz.h"
#include "metrics/http.h"
#include "spool/format.h"
#include "spool/scan.h"

namespace {

void request(const std::string& text) {
  const auto read = control::parse_request(text);
  if (!read.ok()) return;
  const auto written = control::write(read.value());
  const auto again = control::parse_request(written);
  HOLDS(again.ok() && again.value().command == read.value().command &&
        again.value().arguments == read.value().arguments);
}

void reply(const std::string& text) {
  const auto read = control::parse_reply(text);
  if (!read.ok()) return;
  const auto written = control::write(read.value());
  const auto again = control::parse_reply(written);
  HOLDS(again.ok() && again.value().rows == read.value().rows &&
        again.value().exit_code == read.value().exit_code);
}

void scrape(std::string_view text) {
  const auto answer = metrics::answer(text, [] { return std::string("up 1\n"); });
  HOLDS(answer.starts_with("HTTP/1.") && answer.find("\r\n\r\n") != std::string::npos);
  HOLDS(answer.size() < 1000);
  // The request's end does not depend on how it came.
  bool whole = false;
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const bool now = metrics::is_whole(text.substr(0, size));
    HOLDS(!whole || now);
    whole = now;
  }
}

void spool_header(base::ByteView bytes) {
  const auto header = spool::parse_header(bytes);
  if (header.ok())
    HOLDS(fuzz::same(spool::write_header(header.value()), bytes.first(spool::kHeaderSize)));
}

void spool_names(std::string_view text) {
  if (const auto number = spool::parse_file_name(text)) HOLDS(spool::file_name(*number) == text);
  if (spool::is_association(text)) HOLDS(text.size() == 32 && base::from_hex(text));
  const auto origin = spool::parse_origin(text);
  if (!origin.ok()) return;
  const auto written = spool::write_origin(origin.value());
  const auto again = spool::parse_origin(written);
  HOLDS(again.ok() && spool::write_origin(again.value()) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const base::ByteView rest(bytes + 1, size - 1);
  const std::string text(base::as_text(rest));
  switch (bytes[0] % 5) {
    case 0:
      request(text);
      break;
    case 1:
      reply(text);
      break;
    case 2:
      scrape(text);
      break;
    case 3:
      spool_header(rest);
      break;
    case 4:
      spool_names(text);
      break;
  }
  return 0;
}
