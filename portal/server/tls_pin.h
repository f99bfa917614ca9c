// The pin of a certificate: "sha256:" and the hex of SHA-256 over its SubjectPublicKeyInfo.
#pragma once

#include <string>

struct x509_st;

namespace portal {

std::string pin_of(x509_st* certificate);

}  // namespace portal
