// The static page that every link leads to, compiled in (page.html, page.css).
#pragma once

#include <string_view>

namespace portal {

extern const std::string_view kPageHtml;
extern const std::string_view kPageCss;

}  // namespace portal
