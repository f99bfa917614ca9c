// The recipient's page, built from portal/page/ and compiled in: the same files for every link.
#pragma once

#include <span>
#include <string_view>

namespace portal {

struct PageFile {
  std::string_view path;  // "/index.html", "/save.js", "/page/NAME-HASH.js"
  std::string_view type, content;
};
std::span<const PageFile> page_files();

// Null when there is none under this path.
const PageFile* page_file(std::string_view path);

}  // namespace portal
