#include "receive/negotiate.h"

#include <algorithm>

#include "dicom/uids.h"
#include "receive/sop_class.h"

namespace receive {
namespace {

constexpr std::string_view kDICOMApplicationContext = "1.2.840.10008.3.1.1.1";

bool is_called_here(const Policy& policy, std::string_view title) {
  return std::any_of(policy.ae_titles.begin(), policy.ae_titles.end(),
                     [&](const std::string& ours) { return ours == "*" || ours == title; });
}

AnsweredContext answer(const ProposedContext& proposed) {
  const std::string none(dicom::kImplicitVRLittleEndian);
  if (!accepts_abstract_syntax(proposed.abstract_syntax))
    return {proposed.id, ContextResult::AbstractSyntaxNotSupported, none};
  const auto& offered = proposed.transfer_syntaxes;
  const auto first = std::find_if(offered.begin(), offered.end(), [](const std::string& uid) {
    return dicom::is_valid_uid(uid) && !dicom::is_deflated(uid);
  });
  if (first == offered.end())
    return {proposed.id, ContextResult::TransferSyntaxesNotSupported, none};
  return {proposed.id, ContextResult::Acceptance, *first};
}

}  // namespace

std::variant<Accepted, Rejection> negotiate(const AssociateRequest& request, const Policy& policy,
                                            const Peer& peer) {
  if ((request.protocol_version & 1) == 0) return kProtocolVersionNotSupported;
  if (request.application_context != kDICOMApplicationContext)
    return kApplicationContextNotSupported;
  if (!is_called_here(policy, request.called_ae_title)) return kCalledAETitleNotRecognized;
  if (!may_call(policy.callers, request.calling_ae_title, peer))
    return kCallingAETitleNotRecognized;
  Accepted accepted;
  for (const ProposedContext& proposed : request.contexts) {
    accepted.answers.push_back(answer(proposed));
    const AnsweredContext& given = accepted.answers.back();
    if (given.result == ContextResult::Acceptance)
      accepted.contexts[given.id] = {proposed.abstract_syntax, given.transfer_syntax};
  }
  return accepted;
}

}  // namespace receive
