#include "command/doctor.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace command {
namespace {

constexpr std::size_t kGrade = 4, kWhat = 28;

const char* word(doctor::Grade grade) {
  return grade == doctor::Grade::Ok ? "ok" : grade == doctor::Grade::Warn ? "warn" : "fail";
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

// Peers' words stand in findings; what a terminal would take as a command is shown as '?'.
std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return text;
}

}  // namespace

std::string line_of(const doctor::Finding& finding) {
  return printable(padded(word(finding.grade), kGrade) + "  " + padded(finding.what, kWhat) + "  " +
                   finding.figure + (finding.advice.empty() ? "" : "; " + finding.advice)) +
         "\n";
}

std::string as_json(const doctor::Findings& findings) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& finding : findings)
    list.push_back({{"grade", word(finding.grade)},
                    {"what", finding.what},
                    {"figure", finding.figure},
                    {"advice", finding.advice}});
  return list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

int run_doctor(const doctor::Request& request, bool json) {
  const bool live = !json && isatty(STDERR_FILENO) == 1;
  const auto clear = [live] {
    if (live) std::fputs("\r\x1B[K", stderr);
  };
  const auto findings = doctor::examine(
      request,
      [&](const doctor::Finding& finding) {
        clear();
        if (!json) std::fputs(line_of(finding).c_str(), stdout);
        std::fflush(stdout);
      },
      [&](const std::string& what) {
        clear();
        if (live) std::fprintf(stderr, "asking %s ...", what.c_str());
      });
  clear();
  if (json) std::fputs(as_json(findings).c_str(), stdout);
  return doctor::exit_code(findings);
}

}  // namespace command
