// dcmcourier-open: opens a link anywhere, for recipients who trust no served script.
#include <sys/prctl.h>
#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <ctime>

#include "opener/opener.h"

namespace {

std::string date(base::UnixSeconds time) {
  char text[32];
  const std::time_t seconds = time;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &utc);
  return text;
}

void print(const opener::Summary& summary, const std::string& out) {
  std::printf("from     %s\n", summary.sender.c_str());
  std::printf("issued   %s, revision %u of the study\n", date(summary.issued).c_str(),
              summary.study_revision);
  std::printf("expires  %s\n", date(summary.not_after).c_str());
  std::printf("files    %llu (%.1f MB), each verified, in %s\n",
              static_cast<unsigned long long>(summary.files),
              static_cast<double>(summary.bytes) / 1e6, out.c_str());
}

constexpr const char* kFooter =
    "The code never goes on the command line. Nothing is remembered between runs: a portal that\n"
    "serves an older issue of the share than it did to an earlier run is not noticed.\n"
    "\n"
    "Exit status: 0 opened; 64 usage; 65 the link or code is cut or mistyped; 66 no code file;\n"
    "69 not found, expired, locked, suspended or withdrawn; 73 the folder cannot be used or is "
    "not\n"
    "empty; 74 disk; 75 the network or portal failed, try again; 76 what came is not what the\n"
    "sender sealed; 77 wrong code; 78 the portal's certificate is not trusted.";

}  // namespace

int main(int argc, char** argv) {
  // Keys and patient data are in memory: no core dump, no tracing by others.
  prctl(PR_SET_DUMPABLE, 0);
  CLI::App app("Opens a dcmcourier link: fetches, verifies, decrypts, unpacks.", "dcmcourier-open");
  opener::Options options;
  app.add_option("LINK", options.link, "the link as it stands in the mail, in quotes")->required();
  app.add_option("--code-file", options.code_file,
                 "file whose first line is the code; - for standard input; asked for without it");
  app.add_option("--out", options.out, "folder for the files; must be empty or new")->required();
  app.add_option("--ca", options.ca_file, "PEM file of the authorities that are trusted")
      ->check(CLI::ExistingFile);
  app.add_flag("--quiet", options.quiet, "no progress line");
  app.set_version_flag("--version", DCMCOURIER_VERSION);
  app.footer(kFooter);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EX_OK : EX_USAGE;
  }
  const auto summary = opener::open_link(options);
  if (!summary.ok()) {
    std::fprintf(stderr, "dcmcourier-open: %s\n", summary.fault().what.c_str());
    return opener::exit_code(summary.fault());
  }
  print(summary.value(), options.out);
  return EX_OK;
}
