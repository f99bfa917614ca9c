#include "command/import_ctp.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>

#include "deidentify/import_ctp.h"

namespace command {
namespace {

constexpr int kDataError = 65;
constexpr int kNoInput = 66;

}  // namespace

int import_ctp_script(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string script{std::istreambuf_iterator<char>(in), {}};
  if (!in.good() && !in.eof()) {
    std::fprintf(stderr, "dcmcourier: %s: %s\n", path.c_str(), std::strerror(errno));
    return kNoInput;
  }
  const auto imported = deidentify::import_ctp(script);
  for (const auto& complaint : imported.complaints)
    std::fprintf(stderr, "%s:%u: %s\n", path.c_str(), complaint.line, complaint.what.c_str());
  if (!imported.complaints.empty()) {
    std::fputs("Nothing was imported. Change these lines, or take them out and write rules.\n",
               stderr);
    return kDataError;
  }
  for (const auto& row : imported.rows) std::printf("%s\n", row.c_str());
  return 0;
}

}  // namespace command
