#include <openssl/evp.h>

#include <algorithm>
#include <filesystem>

#include "settings/cross_check.h"
#include "settings/settings.h"
#include "settings/site_lists.h"
#include "settings/table.h"

namespace settings {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMaxFiles = 1000;

struct MessageDigest {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  MessageDigest() { EVP_DigestInit_ex(context, EVP_sha256(), nullptr); }
  MessageDigest(const MessageDigest&) = delete;
  MessageDigest& operator=(const MessageDigest&) = delete;
  ~MessageDigest() { EVP_MD_CTX_free(context); }
  void add(const std::string& text) { EVP_DigestUpdate(context, text.data(), text.size()); }
  std::string finish() {
    base::Bytes digest(32);
    unsigned size = 0;
    EVP_DigestFinal_ex(context, digest.data(), &size);
    return base::to_hex(digest).substr(0, 12);
  }
};

bool is_yaml_file(const fs::path& path) {
  const std::string extension = path.extension().string();
  return (extension == ".yaml" || extension == ".yml") && path.filename().string()[0] != '.';
}

// Those of a folder beside the file, in the order of the names.
std::vector<std::string> files_beside(const std::string& path, const char* name,
                                      Complaints& complaints) {
  const fs::path folder = fs::path(path).parent_path() / name;
  std::vector<std::string> files;
  std::error_code error;
  if (!fs::exists(folder, error)) return files;
  fs::directory_iterator entry(folder, error);
  for (const fs::directory_iterator end; !error && entry != end; entry.increment(error)) {
    if (is_yaml_file(entry->path())) files.push_back(entry->path().string());
  }
  if (error) complaints.add({folder.string(), 0, 0, "cannot be read: " + error.message(), {}});
  if (files.size() > kMaxFiles) {
    complaints.add({folder.string(), 0, 0, "more than 1000 files", {}});
    files.clear();
  }
  std::sort(files.begin(), files.end());
  return files;
}

// A file of routes.d is a list of routes or a map with the one key `routes`.
void read_routes(const Node& root, Settings& settings, Complaints& complaints) {
  if (root.is_nothing()) return;
  Table<Settings> table;
  table.list(&Settings::routes, {.name = "routes", .doc = "Routes."}, rule_table());
  if (!root.is_list()) return table.read(root, settings, complaints);
  Node wrapped = root;
  wrapped.shape = Node::Shape::Map;
  Node name = root;
  name.shape = Node::Shape::Scalar;
  name.text = "routes";
  name.items.clear();
  wrapped.names = {name};
  wrapped.items = {root};
  table.read(wrapped, settings, complaints);
}

void collect_route_nodes(const Node& root, std::vector<Node>& into) {
  const Node* routes = root.is_list() ? &root : root.find("routes");
  if (routes == nullptr || !routes->is_list()) return;
  into.insert(into.end(), routes->items.begin(), routes->items.end());
}

void read_site_lists(const std::string& path, Settings& settings, MessageDigest& digest,
                     std::vector<std::string>& files, Complaints& complaints) {
  const auto table = site_lists_table();
  for (const std::string& file : files_beside(path, "deidentify", complaints)) {
    files.push_back(file);
    const FileRead one = read_yaml_file(file, complaints);
    digest.add(one.content);
    if (one.root && !one.root->is_nothing()) table.read(*one.root, settings.site, complaints);
  }
  settings.site.digest = digest_of(settings.site);
}

}  // namespace

Loaded load(const std::string& path) {
  Loaded loaded;
  Complaints complaints;
  MessageDigest digest;
  std::vector<Node> routes;

  const FileRead main = read_yaml_file(path, complaints);
  digest.add(main.content);
  if (main.root) {
    settings_table().read(*main.root, loaded.settings, complaints);
    collect_route_nodes(*main.root, routes);
  }
  std::vector<std::string> files = {path};
  for (const std::string& file : files_beside(path, "routes.d", complaints)) {
    files.push_back(file);
    const FileRead more = read_yaml_file(file, complaints);
    digest.add(more.content);
    if (!more.root) continue;
    read_routes(*more.root, loaded.settings, complaints);
    collect_route_nodes(*more.root, routes);
  }
  read_site_lists(path, loaded.settings, digest, files, complaints);
  if (main.root) cross_check(loaded.settings, *main.root, routes, complaints);
  loaded.settings.revision = digest.finish();
  loaded.complaints = complaints.in_order(files);
  return loaded;
}

std::vector<Complaint> load_site_lists(const std::string& path, SiteLists& lists) {
  Complaints complaints;
  const FileRead one = read_yaml_file(path, complaints);
  if (one.root && !one.root->is_nothing()) site_lists_table().read(*one.root, lists, complaints);
  lists.digest = digest_of(lists);
  return complaints.in_order({path});
}

}  // namespace settings
