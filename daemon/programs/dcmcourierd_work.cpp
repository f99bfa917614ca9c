// dcmcourierd-work: examines instances and prepares bundles for dispatch. Its promise: a child that
// parses hostile bytes holds the files and keys of its one job, and no way out but the descriptors
// it was given.
#include <getopt.h>
#include <malloc.h>
#include <sys/resource.h>

#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>

#include "confine/confine.h"
#include "examine/examine.h"
#include "journal/events.h"
#include "journal/journal.h"
#include "pack/prepare.h"
#include "recognize/shared_reader.h"

namespace {

constexpr int kUsage = 64;          // sysexits
constexpr int kBehindReceive = 15;  // nice: a modality that stores never waits for us
constexpr std::uint64_t kChildMemory = 768u << 20;
// Buffers larger than this go back to the system when they are freed; smaller ones, those of
// segments and slices, are used again: fresh pages cost more than all that is done with them.
constexpr int kMappedFrom = 2 * 1024 * 1024;
constexpr int kKeptFree = 24 * 1024 * 1024;

constexpr const char* kHelp =
    "usage: dcmcourierd-work --socket PATH [--children N]\n"
    "\n"
    "Examines instances, de-identifies, packs and seals bundles, for dispatch.\n"
    "  --socket PATH    dispatch's socket for work\n"
    "  --children N     jobs at a time (default: 2)\n"
    "  --version        the version, and nothing else\n";

struct Options {
  jobs::Pool pool;
  bool help = false;
  bool version = false;
};

bool parse_count(std::string_view text, unsigned& count) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  return error == std::errc() && end == text.data() + text.size() && count >= 1 && count <= 64;
}

bool parse(int argc, char** argv, Options& options) {
  const option known[] = {{"socket", required_argument, nullptr, 's'},
                          {"children", required_argument, nullptr, 'n'},
                          {"help", no_argument, nullptr, 'h'},
                          {"version", no_argument, nullptr, 'V'},
                          {nullptr, 0, nullptr, 0}};
  for (int letter; (letter = getopt_long(argc, argv, "hV", known, nullptr)) != -1;) {
    if (letter == 's')
      options.pool.socket_path = optarg;
    else if (letter == 'h')
      options.help = true;
    else if (letter == 'V')
      options.version = true;
    else if (letter != 'n' || !parse_count(optarg, options.pool.children))
      return false;
  }
  const bool tells = options.help || options.version;
  return optind == argc && (tells || !options.pool.socket_path.empty());
}

class ClientFeed : public pack::Feed {
 public:
  explicit ClientFeed(jobs::Client& client) : client_(client) {}
  base::Result<std::vector<jobs::SealedInstance>> fetch(std::uint32_t from,
                                                        std::uint32_t count) override {
    return client_.fetch(from, count);
  }
  base::Status progress(std::uint64_t done, std::uint64_t of) override {
    return client_.progress(done, of);
  }

 private:
  jobs::Client& client_;
};

base::Status perform(const jobs::ExamineJob& job, jobs::Client& client, recognize::Reader&) {
  return client.answer(examine::run(job));
}
base::Status perform(const jobs::DigestJob& job, jobs::Client& client, recognize::Reader&) {
  return client.answer(examine::run(job));
}
base::Status perform(const jobs::PrepareJob& job, jobs::Client& client, recognize::Reader& reader) {
  ClientFeed feed(client);
  return client.answer(TRY(pack::prepare(job, feed, &reader)));
}

base::Status one_job(jobs::Client& client) {
  recognize::SharedReader reader;  // opens its file while it may
  TRY(confine::lock_down({.dial_out = false, .memory = kChildMemory}));
  const jobs::WorkJob job = TRY(client.take_work());
  return std::visit([&](const auto& one) { return perform(one, client, reader); }, job);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, options)) {
    std::fputs(kHelp, stderr);
    return kUsage;
  }
  if (options.help || options.version) {
    std::fputs(options.help ? kHelp : "dcmcourierd-work " DCMCOURIER_VERSION "\n", stdout);
    return 0;
  }
  mallopt(M_MMAP_THRESHOLD, kMappedFrom);
  mallopt(M_TRIM_THRESHOLD, kKeptFree);
  mallopt(M_ARENA_MAX, 2);
  setpriority(PRIO_PROCESS, 0, kBehindReceive);
  journal::begin("work");
  return jobs::run_pool(options.pool, one_job,
                        [](const base::Fault& fault) { journal::fault("work", fault); });
}
