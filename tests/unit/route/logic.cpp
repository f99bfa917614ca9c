// The three-valued logic, on random trees against an evaluator of its own: a tree's answer must be
// the one that every way of settling the unknown leaves agrees on, or CannotTell.
#include <functional>
#include <random>

#include "studies.h"

namespace route {
namespace {

const Answer kAnswers[] = {kYes, kNo, kCannotTell};

TEST(Logic, TablesAreKleenes) {
  for (const Answer a : kAnswers) {
    EXPECT_EQ(both(a, kNo), kNo);
    EXPECT_EQ(either(a, kYes), kYes);
    EXPECT_EQ(both(a, kYes), a);
    EXPECT_EQ(either(a, kNo), a);
    EXPECT_EQ(negate(negate(a)), a);
    for (const Answer b : kAnswers) {
      EXPECT_EQ(both(a, b), both(b, a));
      EXPECT_EQ(either(a, b), negate(both(negate(a), negate(b))));
    }
  }
  EXPECT_EQ(negate(kCannotTell), kCannotTell);
}

// Leaves: three attributes, one an instance-level Yes, one No, one that cannot be told.
ConditionRef leaf(Answer answer) {
  if (answer == kCannotTell) return on("slice_thickness", NumberRange{.more_than = 0});
  return is("modality", {answer == kYes ? "CT" : "MR"});
}
StudyView the_study() { return study({{{kModality, {"CT"}}, {kSliceThickness, {"thick"}}}}); }

struct Tree {
  ConditionRef condition;
  std::function<Answer()> plain;  // computed straight from the definition
};

Tree random_tree(std::mt19937& random, int depth) {
  if (depth == 0 || random() % 4 == 0) {
    const Answer told = kAnswers[random() % 3];
    return {leaf(told), [told] { return told; }};
  }
  std::vector<ConditionRef> inside;
  std::vector<std::function<Answer()>> plain;
  for (std::size_t i = 0, n = 1 + random() % 3; i < n; ++i) {
    Tree inner = random_tree(random, depth - 1);
    inside.push_back(inner.condition);
    plain.push_back(inner.plain);
  }
  const int kind = static_cast<int>(random() % 3);
  const Join join = kind == 0 ? Join::All : kind == 1 ? Join::Any : Join::Not;
  return {make_join(join, inside), [kind, plain] {
            int yes = 0, no = 0;
            for (const auto& one : plain) {
              yes += one() == kYes ? 1 : 0;
              no += one() == kNo ? 1 : 0;
            }
            const int all = static_cast<int>(plain.size());
            if (kind == 1) return yes > 0 ? kYes : no == all ? kNo : kCannotTell;
            const Answer joined = no > 0 ? kNo : yes == all ? kYes : kCannotTell;
            if (kind == 0) return joined;
            return joined == kYes ? kNo : joined == kNo ? kYes : kCannotTell;
          }};
}

TEST(Logic, RandomTreesAnswerAsTheirDefinition) {
  std::mt19937 random(20260101);
  const StudyView view = the_study();
  int seen[3] = {0, 0, 0};
  for (int i = 0; i < 2000; ++i) {
    const Tree tree = random_tree(random, 4);
    const Answer told = answer(tree.condition, view);
    ASSERT_EQ(told, tree.plain()) << to_string(*tree.condition);
    ++seen[static_cast<int>(told)];
  }
  for (const int count : seen) EXPECT_GT(count, 100);
}

// What was told must not change when the unknown becomes known.
TEST(Logic, ATellingAnswerSurvivesMoreKnowledge) {
  std::mt19937 random(7);
  for (int i = 0; i < 1000; ++i) {
    const Tree tree = random_tree(random, 4);
    const Answer told = answer(tree.condition, the_study());
    if (told == kCannotTell) continue;
    for (const char* thickness : {"1", "-1"}) {
      const auto known = study({{{kModality, {"CT"}}, {kSliceThickness, {thickness}}}});
      ASSERT_EQ(answer(tree.condition, known), told) << to_string(*tree.condition);
    }
  }
}

}  // namespace
}  // namespace route
