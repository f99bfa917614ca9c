// Parts that jobs and replies share. Only for this room's .cpp files.
#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "jobs/send.h"
#include "jobs/verify.h"
#include "jobs/work.h"

namespace jobs {

using Json = nlohmann::json;

// Hostile bytes may be invalid UTF-8 where we thought to have text: replaced, never thrown.
inline std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// All our numbers are whole. The library would convert another one without a look at its range.
inline Json parse_whole(const std::string& text) {
  return Json::parse(text, [](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::value && value.is_number_float())
      throw std::invalid_argument("a number that is not whole");
    return true;
  });
}

template <std::size_t n>
std::string hex_of(const std::array<std::uint8_t, n>& bytes) {
  return base::to_hex(bytes);
}
template <std::size_t n>
std::array<std::uint8_t, n> array_from_hex(const Json& text) {
  const auto bytes = base::from_hex(text.get<std::string>());
  if (!bytes || bytes->size() != n) throw std::invalid_argument("not hex of the right length");
  std::array<std::uint8_t, n> result{};
  std::copy(bytes->begin(), bytes->end(), result.begin());
  return result;
}

Json identifiers_to_json(const identity::Identifiers& identifiers);
identity::Identifiers identifiers_from_json(const Json& json);
Json facts_to_json(const Facts& facts);  // all but the identifiers
Facts facts_from_json(const Json& json);
Json instances_to_json(std::vector<SealedInstance>& instances, Packet& packet);
std::vector<SealedInstance> instances_from_json(const Json& json, Packet& packet,
                                                std::size_t first);

VerifyReply verify_reply_from_json(const Json& json);
ExamineReply examine_reply_from_json(const Json& json);
PrepareReply prepare_reply_from_json(const Json& json);
SendReply send_reply_from_json(const Json& json);

// Runs `parse`, turning every exception of the JSON library into a Fault without its text (which
// may quote the input).
template <typename F>
auto guarded_parse(F&& parse) -> base::Result<decltype(parse())> {
  try {
    return parse();
  } catch (const std::exception&) {
    return base::reject("jobs.parse", "a message that is not of the agreed form");
  }
}

}  // namespace jobs
