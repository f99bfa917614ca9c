// A study's own identifiers, and the site's names, as free text has them: word by word.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "deidentify/text_tokens.h"
#include "identity/identifiers.h"

namespace deidentify {

// A word that somebody is called by and that also belongs to every clean header ("hand"): no
// reason to withhold it but beside the rest of the name.
bool is_homonym(std::string_view folded);

class TextNames {
 public:
  enum class Match : std::uint8_t {
    None,
    Term,     // of an address or a device: identifies nobody
    Homonym,  // of a name: identifies in a name's context
    Weak,     // of a name, one or two letters or a particle: as Homonym, but no term
    Whole,    // identifies
  };

  TextNames(const identity::Identifiers& study, const std::vector<std::string>& site);

  Match match(const std::string& folded) const;
  // Tokens from `first` on that together are an identifier ("mrn" "7734" "xq"); 0: none.
  std::size_t joined(const std::vector<Token>& tokens, std::size_t first) const;
  // The whole of a value, when it is an identifier that is too short to be looked for.
  bool is_whole_value(const std::vector<Token>& tokens) const;
  // Characters from `first` on in ideographs that are a name; 0: none.
  std::size_t name_within(std::u32string_view ideographs, std::size_t first) const;

 private:
  void add(const identity::Identifier& identifier);
  void add_name(const std::vector<Token>& parts, bool whole_name);
  void add_word(const std::string& word, Match match);
  void add_number(const std::vector<Token>& parts);
  void add_joined(std::string text);
  void add_site_name(const std::string& name);

  std::unordered_map<std::string, Match> words_;
  std::unordered_set<std::string> joined_;
  std::unordered_set<std::string> whole_values_;
  std::unordered_set<std::u32string> ideographs_;
};

}  // namespace deidentify
