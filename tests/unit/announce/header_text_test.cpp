#include "announce/header_text.h"

#include <gtest/gtest.h>

#include <sstream>

#include "announce/local_time.h"
#include "announce/wording.h"

namespace {

using namespace announce;

TEST(OneLine, replaces_what_is_not_seen_or_ends_a_line) {
  EXPECT_EQ(one_line("a\r\nb\tc\x7F"
                     "d"),
            "a  b c d");
  EXPECT_EQ(one_line("a\xC2\x85"
                     "b"),
            "a b");  // NEL
  EXPECT_EQ(one_line("a\xE2\x80\xAE"
                     "b"),
            "a b");  // right-to-left override
  EXPECT_EQ(one_line("  M\xC3\xBCller  "), "M\xC3\xBCller");
}

TEST(OneLine, replaces_broken_UTF_8_byte_by_byte) {
  EXPECT_EQ(one_line("a\xFF"
                     "b\xC3"),
            "a?b?");
  EXPECT_EQ(one_line("\xC0\xAF"), "??");            // not the shortest form
  EXPECT_EQ(one_line("\xED\xA0\x80"), "???");       // a surrogate
  EXPECT_EQ(one_line("\xF4\x90\x80\x80"), "????");  // past U+10FFFF
}

TEST(OneLine, cuts_between_characters) {
  std::string umlauts;
  for (int i = 0; i < 150; ++i) umlauts += "\xC3\xBC";
  EXPECT_EQ(one_line("a" + umlauts).size(), 199u);
}

TEST(Address, is_plain_or_refused) {
  EXPECT_TRUE(is_plain_address("a+b.c_d-e=f@x.example"));
  EXPECT_FALSE(is_plain_address("\"a b\"@x.example"));
  EXPECT_FALSE(is_plain_address(std::string(251, 'a') + "@b.c"));
}

TEST(Date, is_that_of_RFC_5322) {
  EXPECT_EQ(date_text(1795320000), "Sun, 22 Nov 2026 04:00:00 +0000");
  EXPECT_EQ(date_text(951782400), "Tue, 29 Feb 2000 00:00:00 +0000");
}

TEST(QuotedPrintable, encodes_equals_signs_trailing_blanks_and_bytes) {
  EXPECT_EQ(quoted_printable("a=b \n\xC3\xBC\n"), "a=3Db=20\r\n=C3=BC\r\n");
}

TEST(QuotedPrintable, breaks_long_lines_softly) {
  const std::string encoded = quoted_printable(std::string(100, 'x'));
  EXPECT_EQ(encoded, std::string(75, 'x') + "=\r\n" + std::string(25, 'x') + "\r\n");
}

TEST(Subject, becomes_encoded_words_only_when_it_must) {
  EXPECT_EQ(unstructured_header("Subject", "plain text"), "Subject: plain text\r\n");
  EXPECT_EQ(unstructured_header("Subject", "gr\xC3\xBC\xC3\x9F"),
            "Subject: =?UTF-8?B?Z3LDvMOf?=\r\n");
}

TEST(Size, is_told_in_powers_of_1000) {
  const Wording& english = wording_of("en");
  EXPECT_EQ(size_text(english, 0), "0 Bytes");
  EXPECT_EQ(size_text(english, 52'000), "52 kB");
  EXPECT_EQ(size_text(english, 999'600), "1.0 MB");
  EXPECT_EQ(size_text(english, 412'345'678), "412 MB");
  EXPECT_EQ(size_text(wording_of("de"), 2'200'000'000), "2,2 GB");
}

TEST(Moment, names_its_zone_and_its_offset) {
  const Wording& english = wording_of("fr");  // no such table: English
  EXPECT_EQ(moment_text(english, {1795320000, 0, "UTC"}), "Sunday, 22 November 2026, 04:00 UTC");
  EXPECT_EQ(moment_text(english, {1795320000, -12600, "-0330"}),
            "Sunday, 22 November 2026, 00:30 UTC-03:30");
}

TEST(Moment, is_that_of_the_hosts_zone) {
  setenv("TZ", "Europe/Berlin", 1);
  tzset();
  const Moment summer = local_moment(1781524800);
  EXPECT_EQ(summer.utc_offset, 7200);
  EXPECT_EQ(summer.zone, "CEST");
}

TEST(AddressHeader, StaysWithinItsLineWhateverHasToBeQuoted) {
  const auto header = announce::address_header("To", std::string(50, '"'), "a@b.example");
  std::istringstream lines(header);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 77u) << line;
}

}  // namespace
