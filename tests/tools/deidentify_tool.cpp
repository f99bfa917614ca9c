// deidentify_tool --options a,b --key HEX IN OUT...   pairs of Part 10 files, one study.
// Exit 0: all released; 3: some quarantined (reason on stdout); 1: a Fault.
// --blind reads no text in pixels that were blanked, as if there were none.
// --leave-in skips the engine and says whether the searcher finds an identifier in IN itself.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "deidentify/engine.h"
#include "dicom/read.h"
#include "dicom/write.h"
#include "identity/identifiers.h"
#include "recognize/shared_reader.h"

namespace {

struct Arguments {
  std::set<deidentify::Option> options;
  base::SecretBytes key;
  bool leave_in = false, blind = false;
  std::vector<std::string> paths;
};

struct Instance {
  base::Bytes bytes;
  dicom::File file;
};

int fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  return 1;
}

base::Bytes read_all(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool add_options(std::string list, std::set<deidentify::Option>& options) {
  list += ',';
  for (std::size_t at = 0, end; (end = list.find(',', at)) != std::string::npos; at = end + 1) {
    if (end == at) continue;
    const auto option = deidentify::parse_option(list.substr(at, end - at));
    if (!option) return false;
    options.insert(*option);
  }
  return true;
}

bool set_key(const char* hex, base::SecretBytes& key) {
  auto bytes = base::from_hex(hex);
  if (bytes) key = base::SecretBytes(std::move(*bytes));
  return key.size() == 32;
}

bool parse(int argc, char** argv, Arguments& arguments) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool takes_value = word == "--options" || word == "--key";
    if (takes_value && ++i == argc) return false;
    if (word == "--options" && !add_options(argv[i], arguments.options)) return false;
    if (word == "--key" && !set_key(argv[i], arguments.key)) return false;
    if (word == "--leave-in")
      arguments.leave_in = true;
    else if (word == "--blind")
      arguments.blind = true;
    else if (!takes_value)
      arguments.paths.push_back(word);
  }
  return arguments.paths.size() % 2 == 0 && arguments.key.size() == 32;
}

class Blind : public recognize::Reader {
 public:
  base::Result<std::vector<std::string>> read(const recognize::Picture&,
                                              std::chrono::milliseconds) override {
    return std::vector<std::string>();
  }
};

int release(const deidentify::Engine& engine, const Instance& instance, const std::string& path) {
  const dicom::MemorySource source(instance.bytes);
  auto outcome = engine.rewrite(instance.file, source);
  if (!outcome) return fail(outcome.fault().what);
  if (!outcome.value().released) {
    std::printf("quarantined: %s\n", outcome.value().reason.c_str());
    return 3;
  }
  dicom::MemorySink sink;
  const auto& cleaned = outcome.value().source;
  if (auto written = dicom::write_file(outcome.value().file, cleaned ? *cleaned : source, sink);
      !written)
    return fail(written.fault().what);
  identity::Searcher::Pass pass(engine.searcher());
  if (pass.feed(sink.bytes()) || pass.finish()) return fail("identifier in the written bytes");
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(sink.bytes().data()),
             static_cast<std::streamsize>(sink.bytes().size()));
  std::printf("released");
  for (const auto& [action, count] : outcome.value().counts)
    std::printf(" %s=%llu", action.c_str(), static_cast<unsigned long long>(count));
  std::printf("\n");
  return 0;
}

int look(const deidentify::Engine& engine, const Instance& instance) {
  identity::Searcher::Pass pass(engine.searcher());
  const bool hit = pass.feed(instance.bytes) || pass.finish();
  std::printf(hit ? "found\n" : "nothing\n");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (!parse(argc, argv, arguments))
    return fail("usage: deidentify_tool [--options a,b] --key HEX IN OUT...");
  std::vector<Instance> study;
  identity::Identifiers identifiers;
  for (std::size_t i = 0; i < arguments.paths.size(); i += 2) {
    Instance instance{read_all(arguments.paths[i]), {}};
    auto file = dicom::read_file(dicom::MemorySource(instance.bytes));
    if (!file) return fail(file.fault().what);
    instance.file = std::move(file).value();
    identity::merge(identifiers, identity::collect(instance.file));
    study.push_back(std::move(instance));
  }
  if (study.empty()) return fail("no files");
  const auto& first = study.front().file.elements;
  auto map = deidentify::patient_map(arguments.key, dicom::text_of(first, {0x0010, 0x0020}),
                                     dicom::text_of(first, {0x0010, 0x0021}),
                                     dicom::text_of(first, {0x0020, 0x000D}));
  recognize::SharedReader sighted;
  Blind blind;
  recognize::Reader* reader = &sighted;
  if (arguments.blind) reader = &blind;
  auto engine =
      deidentify::Engine::create({arguments.options, {}}, std::move(map), identifiers, reader);
  if (!engine) return fail(engine.fault().what);
  int worst = 0;
  for (std::size_t i = 0; i < study.size(); ++i) {
    const int code = arguments.leave_in
                         ? look(engine.value(), study[i])
                         : release(engine.value(), study[i], arguments.paths[2 * i + 1]);
    if (code == 1) return 1;
    worst = std::max(worst, code);
  }
  return worst;
}
