// What is refused before any network is touched; the conversation itself is in tests/flows.
#include "announce/smtp.h"

#include <gtest/gtest.h>

namespace {

announce::MailServer server(const char* url) {
  return {.url = url,
          .user = {},
          .password = {},
          .ca_file = {},
          .connect_seconds = 2,
          .reply_seconds = 2};
}
const jobs::MailJob kMail{"courier@example.org", "okafor@clinic.example",
                          "Subject: x\r\n\r\nx\r\n"};

TEST(SendMail, refuses_a_server_address_that_is_none) {
  for (const char* url :
       {"", "mail.example.org", "http://mail.example.org", "smtp://", "smtp://a/b",
        "smtp://user:secret@a", "smtp://a:0", "smtp://a:70000", "smtp://a:25x", "smtp://a b"}) {
    const auto reply = announce::send_mail(server(url), kMail);
    EXPECT_FALSE(reply.done);
    EXPECT_EQ(reply.remedy, base::Remedy::AskAdministrator) << url;
  }
}

TEST(SendMail, refuses_an_address_that_would_add_a_command) {
  for (const char* to : {"a@b.c>\r\nRCPT TO:<d@e.f", "a b@c.d", "", "a@b.c> NOTIFY=NEVER"}) {
    const auto reply =
        announce::send_mail(server("smtp://127.0.0.1:1"), {kMail.envelope_from, to, kMail.message});
    EXPECT_FALSE(reply.done);
    EXPECT_EQ(reply.remedy, base::Remedy::Reject) << to;
  }
}

TEST(SendMail, retries_later_when_nobody_listens) {
  const auto reply = announce::send_mail(server("smtp://127.0.0.1:1"), kMail);
  EXPECT_FALSE(reply.done);
  EXPECT_EQ(reply.remedy, base::Remedy::RetryLater);
  EXPECT_EQ(reply.status, 0);
}

TEST(LogIn, ends_as_a_mail_would) {
  EXPECT_EQ(announce::log_in(server("http://mail.example.org")).remedy,
            base::Remedy::AskAdministrator);
  const auto reply = announce::log_in(server("smtp://127.0.0.1:1"));
  EXPECT_FALSE(reply.done);
  EXPECT_EQ(reply.remedy, base::Remedy::RetryLater);
}

}  // namespace
