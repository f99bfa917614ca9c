// What a send child does with the portal: upload one blob, or carry one command.
#pragma once

#include "jobs/send.h"
#include "publish/exchange.h"

namespace publish {

inline constexpr std::uint64_t kPieceSize = 64u << 20;  // of one PATCH

// tus 1.0: creates the blob under its own id, asks how much of it is there, sends the rest in
// pieces, and has the portal check what it stored against sums. Goes on after a cut as long as each
// cut came later than the one before; otherwise the job is done another time, from where it is.
jobs::SendReply upload(Exchange& portal, const jobs::UploadJob& job, const Progress& progress = {},
                       std::uint64_t piece_size = kPieceSize);

// One idempotent command; `body` of the reply is JSON or empty.
jobs::SendReply command(Exchange& portal, const jobs::PortalJob& job);

}  // namespace publish
