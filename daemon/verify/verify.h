// Verifying a bundle in a fresh child without DCMTK: unseal, check padding and ZIP, inflate, scan
// every byte, digest.
#pragma once

#include "jobs/verify.h"

namespace verify {

base::Result<jobs::VerifyReply> verify(const jobs::VerifyJob& job);

}  // namespace verify
