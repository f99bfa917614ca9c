// The machine itself, with a small table of the test's own.
#include "settings/schema.h"

#include <gtest/gtest.h>

#include "settings/describe.h"

namespace {

using namespace settings;  // NOLINT: the test's own file

struct Door {
  std::string colour;
  bool open = false;
};
struct House {
  std::string name;
  unsigned floors = 0;
  std::int64_t age = 0;
  std::uint64_t size = 0;
  std::vector<std::string> cats;
  Door front;
  std::vector<Door> doors, named;
};

Table<Door> door_table() {
  Table<Door> table;
  table.add(&Door::colour, {.name = "colour",
                            .kind = Kind::Word,
                            .doc = "Its colour.",
                            .fallback = "green",
                            .words = {"red", "green"}});
  table.add(&Door::open, {.name = "open", .kind = Kind::Flag, .doc = "Whether.", .fallback = "no"});
  return table;
}
Table<House> house_table() {
  Table<House> table;
  table.add(&House::name, {.name = "name", .doc = "Its name.", .example = "Elm", .required = true});
  table.add(&House::floors, {.name = "floors",
                             .kind = Kind::Number,
                             .doc = "How many.",
                             .fallback = "2",
                             .least = 1,
                             .most = 9});
  table.add(&House::age,
            {.name = "age", .kind = Kind::Duration, .doc = "How old.", .fallback = "1d"});
  table.add(&House::size,
            {.name = "size", .kind = Kind::Size, .doc = "Disk.", .fallback = "1 MiB"});
  table.add(&House::cats, {.name = "cats", .doc = "Who lives there.", .list = true});
  table.section(&House::front, {.name = "front", .doc = "The front door."}, door_table());
  table.list(&House::doors, {.name = "doors", .doc = "The others."}, door_table());
  table.entries(&House::named, &Door::colour, {.name = "named", .doc = "By name."}, door_table());
  return table;
}

std::string complaints_about(const std::string& yaml, House* into = nullptr) {
  Complaints complaints;
  House house;
  const auto node = parse_yaml(yaml, "f", complaints);
  if (node) house_table().read(*node, house, complaints);
  std::string text;
  for (const auto& one : complaints.in_order({})) text += to_string(one) + "\n";
  if (into != nullptr) *into = house;
  return text;
}

TEST(Schema, DefaultsFillWhatIsMissingWithinSectionsToo) {
  House house;
  EXPECT_EQ(complaints_about("name: x\ndoors: [{colour: red}, {open: yes}]\n", &house), "");
  EXPECT_EQ(house.floors, 2u);
  EXPECT_EQ(house.age, 86400);
  EXPECT_EQ(house.size, 1u << 20);
  EXPECT_EQ(house.front.colour, "green");
  ASSERT_EQ(house.doors.size(), 2u);
  EXPECT_EQ(house.doors[0].colour, "red");
  EXPECT_TRUE(house.doors[1].open);
}

TEST(Schema, EveryComplaintIsMadeAtOnce) {
  EXPECT_EQ(complaints_about("nmae: x\nfloors: 10\nage: 1\nfront: {colour: gren}\ncats: {a: b}\n"),
            "f:1:1: unknown key 'nmae'; did you mean 'name'?\n"
            "f:1:1: 'name' is missing; write name: Elm\n"
            "f:2:9: floors must be at most 9\n"
            "f:3:6: age must be a duration such as 60s, 30m, 4h or 14d\n"
            "f:4:17: colour: unknown word 'gren'; did you mean 'green'?\n"
            "f:5:7: cats must be a list\n");
}

TEST(Schema, NumbersOutsideTheirTypesAreRefused) {
  for (const char* number : {"-1", "99999999999999999999", "1.5", "0x2", "two", "' 2'"}) {
    EXPECT_NE(complaints_about("name: x\nfloors: " + std::string(number) + "\n"), "") << number;
  }
}

TEST(Schema, ALoneValueIsAListOfOne) {
  House house;
  EXPECT_EQ(complaints_about("name: x\ncats: Tom\n", &house), "");
  EXPECT_EQ(house.cats, std::vector<std::string>{"Tom"});
}

TEST(Schema, EntriesKeepTheirNamesAndOrder) {
  House house;
  Complaints complaints;
  const auto node = parse_yaml("name: x\nnamed: {b: {open: true}, a: {}}\n", "f", complaints);
  house_table().read(*node, house, complaints);
  ASSERT_EQ(house.named.size(), 2u);
  EXPECT_TRUE(house.named[0].open);
}

TEST(Schema, TheNearestWordIsOnlyOfferedWhenItIsNear) {
  EXPECT_EQ(nearest("qiet_period", {"quiet_period", "keep"}), "quiet_period");
  EXPECT_EQ(nearest("x", {"keep"}), "");
  EXPECT_EQ(nearest("banana", {"keep", "url"}), "");
  EXPECT_EQ(nearest(std::string(5000, 'a'), {"a"}), "");
}

TEST(Schema, TheSampleOfATableReadsBack) {
  const std::string text = sample_of(*house_table().shape(), "A house.");
  EXPECT_NE(text.find("# A house.\n"), std::string::npos);
  EXPECT_NE(text.find("\n#floors: 2\n"), std::string::npos);
  EXPECT_EQ(complaints_about(text), "");
}

}  // namespace
