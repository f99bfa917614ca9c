// Prepares a bundle from plain Part 10 files as a work child does, judges it as a verify child
// does, and writes out what a recipient unseals, so that readers that are not ours can look at it.
//
//   pack_tool [--basic] [--drop] [--store] [--bare] [--repeat N] [--large BYTES] [--zip FILE]
//             [--index FILE] FILE...
//
// Prints one line of JSON: the replies, and the most memory that each of the two needed (KiB).
#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "deidentify/engine.h"
#include "dicom/read.h"
#include "dicom/write.h"
#include "pack/prepare.h"
#include "seal/schedule.h"
#include "seal/stream.h"
#include "spool/format.h"
#include "verify/verify.h"

namespace {

using nlohmann::json;

template <typename T>
T must(base::Result<T> result) {
  if (result.ok()) return std::move(result).value();
  std::cerr << result.fault().where << ": " << result.fault().what << "\n";
  std::exit(70);
}

struct Options {
  bool basic = false, drop = false, store = false, bare = false;
  std::uint32_t repeat = 1;
  std::uint64_t large = 0;
  std::string zip, index;
  std::vector<std::string> files;
};

Options parse(int argc, char** argv) {
  const option known[] = {
      {"basic", 0, nullptr, 'b'}, {"drop", 0, nullptr, 'd'},   {"store", 0, nullptr, 's'},
      {"bare", 0, nullptr, 'p'},  {"repeat", 1, nullptr, 'r'}, {"large", 1, nullptr, 'l'},
      {"zip", 1, nullptr, 'z'},   {"index", 1, nullptr, 'i'},  {nullptr, 0, nullptr, 0}};
  Options options;
  for (int letter; (letter = getopt_long(argc, argv, "", known, nullptr)) != -1;) {
    if (letter == 'b') options.basic = true;
    if (letter == 'd') options.drop = true;
    if (letter == 's') options.store = true;
    if (letter == 'p') options.bare = true;
    if (letter == 'r') options.repeat = static_cast<std::uint32_t>(std::stoul(optarg));
    if (letter == 'l') options.large = std::stoull(optarg);
    if (letter == 'z') options.zip = optarg;
    if (letter == 'i') options.index = optarg;
    if (letter == '?') std::exit(64);
  }
  options.files.assign(argv + optind, argv + argc);
  return options;
}

disk::Descriptor scratch() {
  const char* folder = std::getenv("TMPDIR");
  disk::Descriptor file(open(folder ? folder : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file.valid()) std::exit(74);
  return file;
}

class SpoolFile : public dicom::Sink {
 public:
  SpoolFile() : file_(scratch()), ikm_(seal::random_secret(32)) {
    spool::Header header;
    header.sequence = 1;
    const auto bytes = spool::write_header(header);
    must(disk::write_all(file_.get(), bytes));
    associated_data_ = spool::associated_data(bytes);
    auto out = [fd = file_.get()](base::ByteView sealed) { return disk::write_all(fd, sealed); };
    sealer_.emplace(must(seal::Sealer::create(ikm_, associated_data_, out)));
  }
  base::Status write(base::ByteView bytes) override { return sealer_->give(bytes); }
  jobs::SealedInstance finish() {
    must(sealer_->finish());
    base::Bytes salt(seal::kSaltSize);
    must(disk::read_exact_at(file_.get(), salt, spool::kHeaderSize + 1));
    return {1, std::move(file_), seal::segment_key(ikm_, salt, associated_data_)};
  }

 private:
  disk::Descriptor file_;
  base::SecretBytes ikm_;
  base::Bytes associated_data_;
  std::optional<seal::Sealer> sealer_;
};

base::Bytes content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  return base::to_bytes(base::as_bytes(text));
}

// Bytes that no compressor and no search can skip, made where they are read.
class Noise : public dicom::Source {
 public:
  explicit Noise(std::uint64_t size) : size_(size) {}
  std::uint64_t size() const override { return size_; }
  base::Status read(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    for (auto& byte : into) {
      const std::uint64_t mixed = (offset++ + 1) * 0x9E3779B97F4A7C15u;
      byte = static_cast<std::uint8_t>(mixed >> 56);
    }
    return base::Done{};
  }

 private:
  std::uint64_t size_;
};

// A file of the study with its pixel data replaced by `size` bytes in frames.
jobs::SealedInstance large_instance(const std::string& like, std::uint64_t size) {
  const base::Bytes bytes = content_of(like);
  dicom::File file = must(dicom::read_file(dicom::MemorySource(bytes)));
  std::erase_if(file.elements, [](const auto& element) { return element.tag.group >= 0x7FE0; });
  dicom::Element pixels;
  pixels.tag = {0x7FE0, 0x0010};
  pixels.vr = "OW";
  pixels.shape = dicom::Element::Shape::Extent;
  pixels.extents = {{0, size}};
  file.elements.push_back(pixels);
  SpoolFile spool;
  must(dicom::write_file(file, Noise(size), spool));
  return spool.finish();
}

struct Study {
  std::vector<jobs::SealedInstance> instances;
  identity::Identifiers identifiers;
};

Study sealed_study(const Options& options) {
  Study study;
  for (const std::string& path : options.files) {
    const base::Bytes bytes = content_of(path);
    const auto file = dicom::read_file(dicom::MemorySource(bytes));
    if (file.ok()) identity::merge(study.identifiers, identity::collect(file.value()));
    SpoolFile spool;
    must(spool.write(bytes));
    study.instances.push_back(spool.finish());
  }
  if (options.large != 0)
    study.instances.push_back(large_instance(options.files.at(0), options.large));
  return study;
}

class MemoryFeed : public pack::Feed {
 public:
  MemoryFeed(const Study& study) : study_(study) {}
  base::Result<std::vector<jobs::SealedInstance>> fetch(std::uint32_t from,
                                                        std::uint32_t count) override {
    std::vector<jobs::SealedInstance> batch;
    for (std::uint32_t i = from; i < from + count; ++i) {
      const auto& instance = study_.instances[i % study_.instances.size()];
      batch.push_back({i + 1, must(instance.file.duplicate()), instance.segment_key.copy()});
    }
    return batch;
  }
  base::Status progress(std::uint64_t, std::uint64_t) override { return base::Done{}; }

 private:
  const Study& study_;
};

// Runs `act` in a child, so that the memory measured is its own.
json in_child(const std::function<json()>& act) {
  int ends[2];
  if (pipe(ends) != 0) std::exit(71);
  const pid_t child = fork();
  if (child == 0) {
    json answer = act();
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    answer["peak_kib"] = used.ru_maxrss;
    const std::string text = answer.dump();
    must(disk::write_all(ends[1], base::as_bytes(text)));
    std::exit(0);
  }
  close(ends[1]);
  std::string text;
  char piece[4096];
  for (ssize_t got; (got = read(ends[0], piece, sizeof piece)) > 0;)
    text.append(piece, static_cast<std::size_t>(got));
  waitpid(child, nullptr, 0);
  return text.empty() ? json{{"crashed", true}} : json::parse(text);
}

json to_json(const jobs::PrepareReply& reply) {
  json setbacks = json::array();
  for (const auto& setback : reply.setbacks)
    setbacks.push_back({{"instance", setback.instance}, {"reason", setback.reason}});
  return {{"sealed", reply.sealed},
          {"reason", reply.reason},
          {"released", reply.released},
          {"series", reply.series},
          {"setbacks", setbacks},
          {"counts", reply.counts},
          {"package", {reply.package.length, reply.package.sealed_length}},
          {"index", {reply.index.length, reply.index.sealed_length}}};
}

base::SecretBytes key_of(int file, const base::SecretBytes& ikm,
                         const std::array<std::uint8_t, 16>& id, std::uint8_t role) {
  base::Bytes salt(seal::kSaltSize);
  must(disk::read_exact_at(file, salt, 1));
  return seal::segment_key(ikm, salt, seal::blob_ad(id, role));
}

void unseal(const disk::Descriptor& file, base::SecretBytes key, std::uint64_t length,
            const std::string& to) {
  if (to.empty()) return;
  auto read = [fd = file.get()](std::uint64_t offset, std::span<std::uint8_t> into) {
    return disk::read_exact_at(fd, into, offset);
  };
  const auto opener = must(
      seal::Opener::open_with_segment_key(std::move(key), read, must(disk::size_of(file.get()))));
  std::ofstream out(to, std::ios::binary);
  base::Bytes piece;
  for (std::uint64_t at = 0; at < length; at += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(1 << 20, length - at)));
    must(opener.read(at, piece));
    out.write(reinterpret_cast<const char*>(piece.data()),
              static_cast<std::streamsize>(piece.size()));
  }
}

class Run {
 public:
  explicit Run(const Options& options) : options_(options), study_(sealed_study(options)) {
    job_.instances = static_cast<std::uint32_t>(study_.instances.size()) * options.repeat;
    job_.profile.base = options.basic ? "basic" : "none";
    job_.profile.drop_instance = options.drop;
    job_.uid_key = base::SecretBytes(base::Bytes(32));
    job_.pseudonym = "PW96NNST8Z6YH";
    job_.identifiers = study_.identifiers;
    for (int i = 0; i < 16; ++i)
      job_.package_id[i] = job_.index_id[15 - i] = static_cast<std::uint8_t>(i);
    job_.package_key = seal::random_secret(32);
    job_.index_key = seal::random_secret(32);
    job_.package = scratch();
    job_.index = scratch();
    job_.pad = !options.bare;
    job_.compress = !options.store;
    job_.sender = "St. Example Hospital";
    job_.contact = "+1 555 0100";
  }

  json prepare() {
    return in_child([this] {
      MemoryFeed feed(study_);
      return to_json(must(pack::prepare(job_, feed)));
    });
  }

  json verify(const json& prepared) {
    return in_child([&] {
      jobs::VerifyJob job;
      job.package = blob(job_.package, job_.package_id, job_.package_key, 1, prepared["package"]);
      job.index = blob(job_.index, job_.index_id, job_.index_key, 2, prepared["index"]);
      job.deidentified = options_.basic;
      job.padded = job_.pad;
      job.instances = prepared["released"];
      job.identifiers = deidentify::forbidden(
          {}, {job_.uid_key.copy(), job_.pseudonym, job_.shift_days}, study_.identifiers);
      const auto reply = must(verify::verify(job));
      return json{{"clean", reply.clean},
                  {"reason", reply.reason},
                  {"sha256", base::to_hex(reply.package.sha256)}};
    });
  }

  void write_out(const json& prepared) {
    unseal(job_.package, key_of(job_.package.get(), job_.package_key, job_.package_id, 1),
           prepared["package"][0], options_.zip);
    unseal(job_.index, key_of(job_.index.get(), job_.index_key, job_.index_id, 2),
           prepared["index"][0], options_.index);
  }

  bool emptied() const {
    return must(disk::size_of(job_.package.get())) == 0 &&
           must(disk::size_of(job_.index.get())) == 0;
  }

 private:
  static jobs::BlobToVerify blob(const disk::Descriptor& file,
                                 const std::array<std::uint8_t, 16>& id,
                                 const base::SecretBytes& key, std::uint8_t role,
                                 const json& lengths) {
    return {id, must(file.duplicate()), key_of(file.get(), key, id, role), lengths[0], lengths[1]};
  }

  const Options& options_;
  Study study_;
  jobs::PrepareJob job_;
};

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  mallopt(M_MMAP_THRESHOLD, 256 * 1024);  // as the programs do
  mallopt(M_ARENA_MAX, 2);
  Run run(options);
  json answer;
  answer["prepare"] = run.prepare();
  answer["emptied"] = run.emptied();
  if (answer["prepare"].value("sealed", false)) {
    answer["verify"] = run.verify(answer["prepare"]);
    run.write_out(answer["prepare"]);
  }
  std::cout << answer.dump() << "\n";
  return 0;
}
