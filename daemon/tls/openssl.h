// What the files of this room share: handles, and OpenSSL's last words.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <string>

#include "base/clock.h"
#include "base/handle.h"

namespace tls {

using Certificate = base::Handle<X509, X509_free>;
using Key = base::Handle<EVP_PKEY, EVP_PKEY_free>;
using Context = base::Handle<SSL_CTX, SSL_CTX_free>;
using Connection = base::Handle<SSL, SSL_free>;

// The reason of the last error, which is then forgotten; empty: none.
std::string last_error();
base::UnixSeconds end_of(const X509* certificate);
void restrict_to_profile(SSL_CTX* context);

}  // namespace tls
