// A CTP signature as a list of alternatives, each a list of tests that all must hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace deidentify {

struct CtpTest {
  std::string keyword;
  char sign = '~';  // or '='
  std::string word;
};
using Conjunction = std::vector<CtpTest>;
using Alternatives = std::vector<Conjunction>;

class CtpSignature {
 public:
  // `text` without its braces.
  explicit CtpSignature(std::string_view text) : text_(text) {}
  // nullopt: complaint() says why, at offset().
  std::optional<Alternatives> parse();
  const std::string& complaint() const { return complaint_; }
  std::size_t offset() const { return at_; }

 private:
  using Parsed = std::optional<Alternatives>;
  Parsed any();
  Parsed all();
  Parsed one();
  Parsed test();
  std::optional<std::string> attribute();
  std::optional<std::string> numbered_attribute();
  std::optional<std::string> quoted();
  std::string word();
  char peek();
  bool take(char c);
  std::nullopt_t wrong(std::string what);

  std::string_view text_;
  std::size_t at_ = 0;
  unsigned depth_ = 0;
  std::string complaint_;
};

}  // namespace deidentify
