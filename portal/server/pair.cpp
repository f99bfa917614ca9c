// The portal's half of pairing: its own key for the upload listener.
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/handle.h"
#include "disk/descriptor.h"
#include "portal/digest.h"
#include "portal/tls.h"
#include "portal/tls_pin.h"

namespace portal {
namespace {

using Key = base::Handle<EVP_PKEY, EVP_PKEY_free>;
using Certificate = base::Handle<X509, X509_free>;
using Memory = base::Handle<BIO, BIO_free_all>;

constexpr long kCertificateSeconds = 20L * 365 * 86400;  // the pin is what counts

base::Fault failed(const char* what) { return base::ask_administrator("portal.pair", what); }

bool name_certificate(X509* certificate) {
  X509_NAME* name = X509_get_subject_name(certificate);
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                    reinterpret_cast<const unsigned char*>("dcmcourier-portal"), -1,
                                    -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1;
}

bool number_certificate(X509* certificate) {
  const Digest random = random_digest();
  const base::Handle<BIGNUM, BN_free> serial(BN_bin2bn(random.data(), 16, nullptr));
  return serial && BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) != nullptr;
}

base::Result<Certificate> self_signed(EVP_PKEY* key) {
  Certificate certificate(X509_new());
  const bool made =
      certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
      number_certificate(certificate.get()) &&
      X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -86400) != nullptr &&
      X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kCertificateSeconds) != nullptr &&
      X509_set_pubkey(certificate.get(), key) == 1 && name_certificate(certificate.get()) &&
      X509_sign(certificate.get(), key, EVP_sha256()) != 0;
  if (!made) return failed("OpenSSL could not make a certificate");
  return certificate;
}

base::Result<base::Bytes> pem_of(EVP_PKEY* key, X509* certificate) {
  const Memory memory(BIO_new(BIO_s_mem()));
  if (!memory ||
      PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
      PEM_write_bio_X509(memory.get(), certificate) != 1)
    return failed("OpenSSL could not write the key");
  char* text = nullptr;
  const long length = BIO_get_mem_data(memory.get(), &text);
  return base::Bytes(text, text + length);
}

}  // namespace

base::Result<std::string> make_pair(const std::string& directory) {
  TRY(disk::make_folder(directory));
  const auto folder = TRY(disk::open_folder(directory));
  const char* name = "portal-upload.pem";
  if (disk::open_read(folder.get(), name).ok())
    return failed("portal-upload.pem exists already: remove it to make another key");
  const Key key(EVP_EC_gen("P-256"));
  if (!key) return failed("OpenSSL could not make a key");
  const auto certificate = TRY(self_signed(key.get()));
  const auto pem = TRY(pem_of(key.get(), certificate.get()));
  TRY(disk::replace_file(folder.get(), name, pem, 0600));
  return pin_of(certificate.get());
}

}  // namespace portal
