// Pairing: daemon and portal know each other by pinned public keys. Each makes a key and a
// self-signed certificate of its own; the pin is what the other one configures.
#pragma once

#include <string>

#include "base/result.h"

struct x509_st;  // OpenSSL's X509

namespace pairing {

// Writes DIRECTORY/NAME (PEM: P-256 private key and certificate, mode 0600) and returns its pin:
// "sha256:" and the hex of SHA-256 over the SubjectPublicKeyInfo. Refuses to overwrite.
base::Result<std::string> make(const std::string& directory, const std::string& name,
                               const std::string& owner);

std::string pin_of(x509_st* certificate);
// The pin of the certificate in a PEM file.
base::Result<std::string> pin_in(const std::string& path);

}  // namespace pairing
