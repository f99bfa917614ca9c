// What the mail says, in each language: sentences with {sender}, {telephone}... to be filled in.
// A new language is one more table. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "announce/letter.h"

namespace announce {

struct Wording {
  const char* language;  // of Content-Language and <html lang>
  const char* subject;
  const char* greeting;
  const char* introduction;
  const char* why;
  const char* link;
  const char* size;
  const char* instances;
  const char* expires;
  const char* reference;
  const char* code_heading;
  const char* code_agreed;
  const char* code_operator;
  const char* code_none;
  const char* stranger_heading;
  const char* stranger;
  const char* telephone;
  const char* automatic;
  const char* test_subject;
  const char* test_body;
  const char* date;  // {weekday} {day} {month} {year} {hour} {minute}
  char decimal_point;
  std::array<const char*, 7> weekdays;  // from Sunday
  std::array<const char*, 12> months;
};

const Wording& wording_of(std::string_view language);

// "48.2 MB" in powers of 1000.
std::string size_text(const Wording& wording, std::uint64_t bytes);
// "Sunday, 29 November 2026, 04:54 CET (UTC+01:00)"
std::string moment_text(const Wording& wording, const Moment& moment);

}  // namespace announce
