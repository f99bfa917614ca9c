// The letter, read back by Python's own mail and HTML parsers.
#include "announce/letter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace {

using announce::CodeBy;
using announce::Letter;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kLink =
    "https://share.st-example.example.org/s/"
    "AAECAwQFBgcICQoLDA0ODw#ESAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4_s5jd";

Letter letter() {
  Letter one;
  one.sender = {"St. Example Hospital", "Radiology", "+1 555 0100", "imaging@example.org"};
  one.recipient = {"Dr. A. Okafor", "okafor@clinic.example", "en"};
  one.link = kLink;
  one.bytes = 48'200'000;
  one.instances = 101;
  one.expires = {1795924800, 3600, "CET"};  // 2026-11-29 04:00 UTC
  one.code = CodeBy::Agreed;
  one.reference = "7 KD4";
  one.message_id = "0a1b2c.1@share.example.org";
  one.date = 1795320000;
  return one;
}

std::string rendered(const Letter& one) {
  auto message = announce::render(one);
  EXPECT_TRUE(message.ok());
  return message.ok() ? message.value() : "";
}

nlohmann::json read(const std::string& message) {
  char name[] = "/tmp/dcmcourier-mail-XXXXXX";
  const int fd = mkstemp(name);
  EXPECT_EQ(write(fd, message.data(), message.size()), static_cast<ssize_t>(message.size()));
  close(fd);
  const std::string command =
      std::string("/usr/bin/python3 " SOURCE_DIR "/tests/unit/announce/read_mail.py ") + name;
  FILE* pipe = popen(command.c_str(), "r");
  std::string out;
  std::array<char, 4096> piece;
  for (std::size_t got; (got = fread(piece.data(), 1, piece.size(), pipe)) > 0;)
    out.append(piece.data(), got);
  EXPECT_EQ(pclose(pipe), 0);
  unlink(name);
  return nlohmann::json::parse(out, nullptr, false);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(Letter, is_a_mail_that_another_parser_reads_without_a_defect) {
  const auto mail = read(rendered(letter()));
  EXPECT_EQ(mail["type"], "multipart/alternative");
  EXPECT_THAT(mail["parts"], ElementsAre("text/plain", "text/html"));
  EXPECT_TRUE(mail["defects"].empty()) << mail["defects"];
  EXPECT_EQ(mail["from"],
            nlohmann::json::parse(R"([["St. Example Hospital","imaging@example.org"]])"));
  EXPECT_EQ(mail["to"], nlohmann::json::parse(R"([["Dr. A. Okafor","okafor@clinic.example"]])"));
  EXPECT_EQ(mail["subject"], "Imaging study from St. Example Hospital");
  EXPECT_EQ(mail["message_id"], "<0a1b2c.1@share.example.org>");
  EXPECT_EQ(mail["auto_submitted"], "auto-generated");
  EXPECT_EQ(mail["date"], 1795320000);
}

TEST(Letter, has_the_link_whole_on_a_line_of_its_own) {
  const auto mail = read(rendered(letter()));
  EXPECT_THAT(lines_of(mail["text"]), testing::Contains(kLink));
  EXPECT_THAT(mail["links"], ElementsAre(kLink));
}

TEST(Letter, says_size_expiry_with_zone_code_telephone_and_what_a_stranger_does) {
  const std::string text = read(rendered(letter()))["text"];
  EXPECT_THAT(text, HasSubstr("Size: 48.2 MB (101 DICOM instances)"));
  EXPECT_THAT(text, HasSubstr("Available until: Sunday, 29 November 2026, 05:00 CET (UTC+01:00)"));
  EXPECT_THAT(text, HasSubstr("Reference: 7 KD4"));
  EXPECT_THAT(text, HasSubstr("Telephone: +1 555 0100"));
  EXPECT_THAT(text, HasSubstr("the one that you received from us before"));
  EXPECT_THAT(text, HasSubstr("not meant for you"));
}

TEST(Letter, says_for_each_kind_of_code_how_to_come_by_it) {
  Letter one = letter();
  one.code = CodeBy::Operator;
  EXPECT_THAT(std::string(read(rendered(one))["html_text"]), HasSubstr("read it out to you"));
  one.code = CodeBy::None;
  const std::string text = read(rendered(one))["text"];
  EXPECT_THAT(text, AllOf(HasSubstr("no code"), Not(HasSubstr("Your code"))));
}

TEST(Letter, says_in_HTML_what_it_says_in_text) {
  const auto mail = read(rendered(letter()));
  auto squeezed = [](const std::string& text) {
    std::string out;
    for (const char c : text)
      if (!isspace(static_cast<unsigned char>(c)) && c != ':') out += c;
    return out;
  };
  EXPECT_EQ(squeezed(mail["text"]), squeezed(mail["html_text"]));
}

TEST(Letter, speaks_German) {
  Letter one = letter();
  one.recipient.language = "de";
  one.recipient.name = "Dr. Jörg Müßig";
  const auto mail = read(rendered(one));
  const std::string text = mail["text"];
  EXPECT_THAT(text, HasSubstr("Guten Tag Dr. Jörg Müßig,"));
  EXPECT_THAT(text, HasSubstr("Größe: 48,2 MB (101 DICOM-Instanzen)"));
  EXPECT_THAT(text, HasSubstr("Sonntag, 29. November 2026, 05:00 Uhr CET (UTC+01:00)"));
  EXPECT_EQ(mail["to"][0][0], "Dr. Jörg Müßig");
  EXPECT_EQ(mail["subject"], "Bilddaten von St. Example Hospital");
}

TEST(Letter, has_only_CRLF_ASCII_and_lines_of_at_most_76_characters) {
  Letter one = letter();
  one.recipient.language = "de";
  one.sender.name = "Universitätsklinikum für Überlange Namen und Grüße an der Größten Straße";
  one.recipient.name = std::string(180, 'N') + " \xF0\x9F\xA9\xBB";
  const std::string message = rendered(one);
  for (std::size_t i = 0; i < message.size(); ++i) {
    EXPECT_LT(static_cast<unsigned char>(message[i]), 0x7F);
    const bool ends_with_cr = i > 0 && message[i - 1] == '\r';
    EXPECT_EQ(message[i] == '\n', ends_with_cr) << "at byte " << i;
  }
  for (const auto& line : lines_of(message)) EXPECT_LE(line.size(), 77u) << line;  // with its '\r'
  EXPECT_EQ(read(message)["from"][0][0], one.sender.name);
}

TEST(Letter, takes_no_header_from_a_name) {
  for (const char* attack :
       {"Eve\r\nBcc: all@example.org", "Eve\nBcc: all@example.org\n\nHello", "Eve\rBcc: x@y.z",
        "Eve\xE2\x80\xA8"
        "Bcc: x@y.z",
        "=?UTF-8?Q?a?=", "\"><evil@example.org>, \"", "Eve <evil@example.org>\\", "(a, b; c:"}) {
    Letter one = letter();
    one.recipient.name = one.sender.name = one.sender.department = attack;
    const auto mail = read(rendered(one));
    EXPECT_EQ(mail["headers"], read(rendered(letter()))["headers"]) << attack;
    EXPECT_EQ(mail["to"].size(), 1u) << attack;
    EXPECT_EQ(mail["to"][0][1], "okafor@clinic.example") << attack;
    EXPECT_EQ(mail["from"].size(), 1u) << attack;
    EXPECT_EQ(mail["from"][0][1], "imaging@example.org") << attack;
  }
}

TEST(Letter, takes_no_tag_and_no_link_from_a_name) {
  const auto usual = read(rendered(letter()));
  Letter one = letter();
  one.recipient.name = "<img src=http://evil.example/x>";
  one.sender.name = "\"'><script>alert(1)</script>";
  one.sender.telephone = "<a href='http://evil.example'>call</a>";
  one.reference = "</p><iframe src=http://evil.example>";
  one.expires.zone = "<b>";
  const auto mail = read(rendered(one));
  EXPECT_EQ(mail["tags"], usual["tags"]);
  EXPECT_EQ(mail["links"], usual["links"]);
}

TEST(Letter, takes_no_placeholder_from_a_name) {
  Letter one = letter();
  one.recipient.name = "{telephone}{0}{{link}}";
  EXPECT_THAT(std::string(read(rendered(one))["text"]), HasSubstr("Dear {telephone}{0}{{link}},"));
}

TEST(Letter, has_no_remote_content) {
  const std::string html = read(rendered(letter()))["html"];
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, Not(HasSubstr("url(")));
  EXPECT_THAT(html, Not(HasSubstr("<link")));
}

TEST(Letter, is_the_same_when_it_is_written_again) {
  EXPECT_EQ(rendered(letter()), rendered(letter()));
}

TEST(Letter, refuses_addresses_that_cannot_stand_in_a_mail) {
  for (const char* address : {"", "a", "a b@c.d", "a@b@c", "a@b.c\r\nBcc: d@e.f", "<a@b.c>",
                              "a@b.c, d@e.f", "j\xC3\xB6rg@clinic.example", "@b.c", "a@"}) {
    Letter one = letter();
    one.recipient.email = address;
    const auto message = announce::render(one);
    ASSERT_FALSE(message.ok()) << address;
    EXPECT_EQ(message.fault().remedy, base::Remedy::Reject);
  }
}

TEST(Letter, refuses_a_link_or_a_Message_ID_that_could_break_out) {
  for (const char* link : {"javascript:alert(1)", "https://a.b/s/x\r\nBcc: d@e.f",
                           "https://a.b/\"x", "https://a.b/ x", "https://a.b/<x>", ""}) {
    Letter one = letter();
    one.link = link;
    EXPECT_FALSE(announce::render(one).ok()) << link;
  }
  Letter one = letter();
  one.message_id = "a@b>\r\nBcc: d@e.f";
  EXPECT_FALSE(announce::render(one).ok());
}

TEST(Letter, of_a_test_has_no_link_and_nothing_to_do) {
  Letter one = letter();
  one.link.clear();
  auto message = announce::render_test(one);
  ASSERT_TRUE(message.ok());
  const auto mail = read(message.value());
  EXPECT_EQ(mail["subject"], "Test message from St. Example Hospital");
  EXPECT_TRUE(mail["links"].empty());
  EXPECT_THAT(std::string(mail["text"]), HasSubstr("This is a test"));
}

}  // namespace
