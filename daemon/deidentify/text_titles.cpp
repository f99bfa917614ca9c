#include "deidentify/text_titles.h"

#include <algorithm>
#include <iterator>

namespace deidentify {
namespace {

constexpr std::string_view kCertain[] = {
    "attending", "colleague",   "consultant", "docteur",    "doctor",      "doctora",
    "doktor",    "dott",        "dottor",     "dottore",    "drs",         "frau",
    "herr",      "herrn",       "madame",     "maitre",     "mevr",        "mevrouw",
    "meneer",    "miss",        "mister",     "mlle",       "mme",         "monsieur",
    "mrs",       "nurse",       "oberarzt",   "physician",  "prof",        "professeur",
    "professor", "radiologist", "schwester",  "senor",      "senora",      "signor",
    "signora",   "sra",         "srta",       "technician", "technologist"};
constexpr std::string_view kAmbiguous[] = {"dhr", "don", "dr", "dra", "fr",  "hr", "m",
                                           "mr",  "ms",  "oa", "pr",  "sig", "sr"};
constexpr std::string_view kParticles[] = {
    "al", "bin", "da",  "dal", "de",  "degli", "del", "della", "den", "der", "des", "di",
    "do", "dos", "du",  "el",  "ibn", "la",    "le",  "med",   "mac", "mc",  "o",   "of",
    "st", "ten", "ter", "und", "van", "vom",   "von", "y",     "zu",  "zum", "zur"};
constexpr std::string_view kAnnounce[] = {
    "angehorige", "by",  "called",   "daughter",  "father", "husband", "mother",    "name",
    "named",      "nee", "nom",      "nombre",    "pat",    "patient", "patientin", "paziente",
    "pt",         "ref", "referred", "requested", "sister", "son",     "wife",      "brother"};
constexpr std::u32string_view kBehind[] = {U"先生", U"医師", U"様",   U"さん", U"氏",
                                           U"殿",   U"君",   U"医生", U"女士"};

bool is_one_of(const auto& list, std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

}  // namespace

Title title_of(std::string_view folded) {
  if (is_one_of(kCertain, folded)) return Title::Certain;
  return is_one_of(kAmbiguous, folded) ? Title::Ambiguous : Title::None;
}

bool is_particle(std::string_view folded) { return is_one_of(kParticles, folded); }
bool announces_name(std::string_view folded) { return is_one_of(kAnnounce, folded); }

std::size_t title_behind(std::u32string_view ideographs, std::size_t at) {
  const auto* found = std::find_if(std::begin(kBehind), std::end(kBehind), [&](auto title) {
    return ideographs.substr(at).starts_with(title);
  });
  return found == std::end(kBehind) ? 0 : found->size();
}

}  // namespace deidentify
