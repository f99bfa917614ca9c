#include "announce/wording.h"

#include <fmt/args.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "announce/header_text.h"

namespace announce {
namespace {

constexpr Wording kEnglish = {
    .language = "en",
    .subject = "Imaging study from {sender}",
    .greeting = "Dear {recipient},",
    .introduction = "{sender_in_full} has released an imaging study to you.",
    .why =
        "You get this message because we have been asked to send this study to you, or because you "
        "are named in it as a physician.",
    .link = "Open the study with this link:",
    .size = "Size:",
    .instances = "{size} ({count} DICOM instances)",
    .expires = "Available until:",
    .reference = "Reference:",
    .code_heading = "Your code",
    .code_agreed =
        "The page asks for a code: the one that you received from us before, and that opens every "
        "study from us. We never send it by mail. If you do not have it at hand, telephone "
        "{telephone}.",
    .code_operator =
        "The page asks for a code that belongs to this study alone. Telephone {telephone}, and we "
        "read it out to you. We never send it by mail.",
    .code_none =
        "Whoever has this link can open the study: no code is asked for. Please do not forward "
        "this message.",
    .stranger_heading = "If this message is not meant for you",
    .stranger =
        "Please do not open the link. Tell us by telephone, {telephone}, and delete the message.",
    .telephone = "Telephone:",
    .automatic = "This message was written automatically. It holds no patient data.",
    .test_subject = "Test message from {sender}",
    .test_body =
        "This is a test: {sender_in_full} can send you messages about imaging studies. There is "
        "nothing to open and nothing to do. Questions: telephone {telephone}.",
    .date = "{weekday}, {day} {month} {year}, {hour:02}:{minute:02}",
    .decimal_point = '.',
    .weekdays = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
    .months = {"January", "February", "March", "April", "May", "June", "July", "August",
               "September", "October", "November", "December"},
};

constexpr Wording kGerman = {
    .language = "de",
    .subject = "Bilddaten von {sender}",
    .greeting = "Guten Tag {recipient},",
    .introduction = "{sender_in_full} hat eine Untersuchung (Bilddaten) für Sie freigegeben.",
    .why =
        "Sie erhalten diese Nachricht, weil wir gebeten wurden, Ihnen diese Untersuchung zu "
        "senden, oder weil Sie darin als ärztliche Ansprechperson genannt sind.",
    .link = "Mit diesem Link öffnen Sie die Untersuchung:",
    .size = "Größe:",
    .instances = "{size} ({count} DICOM-Instanzen)",
    .expires = "Abrufbar bis:",
    .reference = "Vorgang:",
    .code_heading = "Ihr Code",
    .code_agreed =
        "Die Seite fragt nach einem Code: dem, den Sie bereits von uns erhalten haben und der alle "
        "Untersuchungen von uns öffnet. Wir senden ihn nie per E-Mail. Wenn Sie ihn nicht zur Hand "
        "haben, rufen Sie uns bitte an: {telephone}.",
    .code_operator =
        "Die Seite fragt nach einem Code, der nur für diese Untersuchung gilt. Rufen Sie uns bitte "
        "an, {telephone}: Wir lesen ihn Ihnen vor. Wir senden ihn nie per E-Mail.",
    .code_none =
        "Wer diesen Link hat, kann die Untersuchung öffnen; es wird kein Code verlangt. Bitte "
        "leiten Sie diese Nachricht nicht weiter.",
    .stranger_heading = "Wenn diese Nachricht nicht für Sie bestimmt ist",
    .stranger =
        "Bitte öffnen Sie den Link nicht. Sagen Sie uns telefonisch Bescheid, {telephone}, und "
        "löschen Sie die Nachricht.",
    .telephone = "Telefon:",
    .automatic = "Diese Nachricht wurde automatisch erstellt. Sie enthält keine Patientendaten.",
    .test_subject = "Testnachricht von {sender}",
    .test_body =
        "Dies ist ein Test: {sender_in_full} kann Ihnen Nachrichten über Bilddaten senden. Es gibt "
        "nichts zu öffnen und nichts zu tun. Fragen: Telefon {telephone}.",
    .date = "{weekday}, {day}. {month} {year}, {hour:02}:{minute:02} Uhr",
    .decimal_point = ',',
    .weekdays = {"Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"},
    .months = {"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
               "Oktober", "November", "Dezember"},
};

// "CET (UTC+01:00)"; a zone without a name of its own ("-03") is its offset alone.
std::string zone_text(const Moment& moment) {
  const int minutes = std::abs(moment.utc_offset) / 60;
  const std::string offset = fmt::format("UTC{}{:02}:{:02}", moment.utc_offset < 0 ? '-' : '+',
                                         minutes / 60, minutes % 60);
  const std::string zone = one_line(moment.zone);
  if (zone == "UTC" && moment.utc_offset == 0) return zone;
  const bool named = !zone.empty() && zone.front() >= 'A' && zone.front() <= 'Z';
  return named ? fmt::format("{} ({})", zone, offset) : offset;
}

}  // namespace

const Wording& wording_of(std::string_view language) {
  return language == kGerman.language ? kGerman : kEnglish;
}

std::string size_text(const Wording& wording, std::uint64_t bytes) {
  constexpr const char* kUnits[] = {"kB", "MB", "GB", "TB"};
  double amount = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (amount >= 999.5 && unit + 1 < std::size(kUnits)) {
    amount /= 1000;
    ++unit;
  }
  std::string text = amount < 99.95 && unit > 0 ? fmt::format("{:.1f} {}", amount, kUnits[unit])
                                                : fmt::format("{:.0f} {}", amount, kUnits[unit]);
  if (bytes < 500) text = fmt::format("{} Bytes", bytes);
  if (const auto point = text.find('.'); point != std::string::npos)
    text[point] = wording.decimal_point;
  return text;
}

std::string moment_text(const Wording& wording, const Moment& moment) {
  using namespace std::chrono;
  const sys_seconds local{seconds{moment.at + moment.utc_offset}};
  const auto day = floor<days>(local);
  const year_month_day date{day};
  const hh_mm_ss clock{local - day};
  const std::string text = fmt::format(
      fmt::runtime(wording.date), fmt::arg("weekday", wording.weekdays[weekday{day}.c_encoding()]),
      fmt::arg("day", unsigned{date.day()}),
      fmt::arg("month", wording.months[unsigned{date.month()} - 1]),
      fmt::arg("year", int{date.year()}), fmt::arg("hour", clock.hours().count()),
      fmt::arg("minute", clock.minutes().count()));
  return text + ' ' + zone_text(moment);
}

}  // namespace announce
