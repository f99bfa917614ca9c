// What a hijacked child may send is refused before a tree is built of it.
#include <gtest/gtest.h>

#include "jobs/json.h"

namespace {

TEST(MessagesFromChildren, a_flood_of_brackets_or_commas_is_refused) {
  EXPECT_FALSE(jobs::parse_from_child({std::string(1'000'000, '['), {}, {}}).ok());
  std::string flood = R"({"kind":"digested","data_sets":[0)";
  for (int i = 0; i < 4'100'000; ++i) flood += ",0";
  EXPECT_FALSE(jobs::parse_from_child({flood + "]}", {}, {}}).ok());
}

TEST(MessagesFromChildren, brackets_and_quotes_within_a_text_count_as_text) {
  jobs::SendReply reply;
  reply.text = R"(he said "[[[[[[[[[[[[[[[[[[[[[[[[\")";
  const auto parsed = jobs::parse_from_child(jobs::write(reply));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(std::get<jobs::SendReply>(parsed.value()).text, reply.text);
}

}  // namespace
