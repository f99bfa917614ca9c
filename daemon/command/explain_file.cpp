#include "command/explain_file.h"

#include <fcntl.h>

#include <algorithm>

#include "disk/descriptor.h"
#include "examine/examine.h"
#include "offline/file_source.h"

namespace command {
namespace {

const char* word(route::Answer answer) {
  return answer == route::Answer::Yes ? "yes" : answer == route::Answer::No ? "no" : "cannot tell";
}

base::Result<route::InstanceView> view_of(const std::string& path,
                                          const std::vector<std::string>& paths,
                                          const AsIf& as_if) {
  const auto source = TRY(offline::FileSource::of(TRY(disk::open_read(AT_FDCWD, path))));
  auto facts = examine::examine(source, paths);
  if (!facts.ok()) return base::reject("command.explain", path + ": " + facts.fault().what);
  const auto& f = facts.value();
  return route::InstanceView{
      as_if.calling_ae_title.empty() ? f.calling_ae_title : as_if.calling_ae_title,
      as_if.called_ae_title.empty() ? f.called_ae_title : as_if.called_ae_title,
      as_if.peer_address,
      f.sop_class_uid,
      f.attributes,
      {f.undecodable.begin(), f.undecodable.end()}};
}

}  // namespace

base::Result<control::Reply> explain_files(const settings::Settings& settings,
                                           const std::vector<std::string>& files,
                                           const AsIf& as_if) {
  const auto paths = route::wanted_paths(settings.routes);
  route::StudyView study;
  for (const auto& file : files) study.reveal().push_back(TRY(view_of(file, paths, as_if)));
  const auto decision = route::decide(settings.routes, settings.routing, study);
  control::Reply reply;
  reply.columns = {"route", "condition", "answer", "because"};
  for (const auto& answer : decision.answers) {
    reply.rows.push_back({answer.rule, "", word(answer.answer), ""});
    for (const auto& reason : answer.reasons)
      reply.rows.push_back(
          {"", reason.reveal().condition, word(reason.reveal().answer), reason.reveal().why});
  }
  if (decision.cannot_tell) reply.text = "would be held: a condition cannot be evaluated";
  if (!decision.cannot_tell && decision.matches.empty())
    reply.text = "no route matches: would be kept, not sent";
  for (const auto index : decision.matches) {
    const auto& rule = settings.routes[index];
    const auto recipients = route::resolve(rule, settings.recipients, study);
    reply.text += (reply.text.empty() ? "" : "\n") + std::string("would be sent by route ") +
                  rule.name + (rule.deidentify.none ? ", identified, to:" : ", de-identified, to:");
    if (!recipients.ok()) reply.text += " nobody: " + recipients.fault().what;
    if (recipients.ok())
      for (const auto& recipient : recipients.value()) reply.text += " " + recipient;
  }
  return reply;
}

}  // namespace command
