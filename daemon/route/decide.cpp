#include <algorithm>

#include "route/condition.h"
#include "route/directory.h"
#include "route/route.h"

namespace route {

Decision decide(const std::vector<Rule>& rules, Policy policy, const StudyView& study) {
  Decision decision;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    // A rule without conditions was never valid: it decides nothing.
    Evaluation evaluation;
    if (rules[i].match) evaluation = evaluate(*rules[i].match, study);
    decision.answers.push_back({rules[i].name, evaluation.answer, std::move(evaluation.reasons)});
    if (evaluation.answer == Answer::Yes) decision.matches.push_back(i);
    if (evaluation.answer == Answer::CannotTell) decision.cannot_tell = true;
    const bool decided = evaluation.answer != Answer::No;
    if (policy == Policy::FirstMatch && decided) break;
  }
  return decision;
}

std::vector<std::string> wanted_paths(const std::vector<Rule>& rules) {
  std::vector<std::string> paths;
  for (const Rule& rule : rules) {
    if (rule.match) collect_paths(*rule.match, paths);
    for (const RecipientRef& recipient : rule.recipients) {
      const auto more = directory_paths(recipient.by);
      paths.insert(paths.end(), more.begin(), more.end());
    }
    if (!rule.leave_out_modalities.empty()) paths.emplace_back(kModalityPath);
  }
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

bool leaves_out(const Rule& rule, const InstanceView& instance) {
  const auto& classes = rule.leave_out_sop_classes;
  if (std::find(classes.begin(), classes.end(), instance.sop_class_uid) != classes.end()) {
    return true;
  }
  const auto found = instance.attributes.find(std::string(kModalityPath));
  if (found == instance.attributes.end() || found->second.empty()) return false;
  std::string modality = found->second.front();
  modality.resize(modality.find_last_not_of(' ') + 1);
  const auto& modalities = rule.leave_out_modalities;
  return std::find(modalities.begin(), modalities.end(), modality) != modalities.end();
}

}  // namespace route
