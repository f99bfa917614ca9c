#include "pairing/pairing.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>

#include "base/handle.h"
#include "disk/descriptor.h"

namespace pairing {
namespace {

using Key = base::Handle<EVP_PKEY, EVP_PKEY_free>;
using Certificate = base::Handle<X509, X509_free>;
using Memory = base::Handle<BIO, BIO_free_all>;

constexpr long kCertificateSeconds = 20L * 365 * 86400;  // the pin is what counts

base::Fault failed(const char* what) { return base::ask_administrator("pairing", what); }

bool name_certificate(X509* certificate, const std::string& owner) {
  X509_NAME* name = X509_get_subject_name(certificate);
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                    reinterpret_cast<const unsigned char*>(owner.c_str()), -1, -1,
                                    0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1;
}

bool number_certificate(X509* certificate) {
  const base::Handle<BIGNUM, BN_free> serial(BN_new());
  return serial && BN_rand(serial.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) != nullptr;
}

base::Result<Certificate> self_signed(EVP_PKEY* key, const std::string& owner) {
  Certificate certificate(X509_new());
  const bool made =
      certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
      number_certificate(certificate.get()) &&
      X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -86400) != nullptr &&
      X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kCertificateSeconds) != nullptr &&
      X509_set_pubkey(certificate.get(), key) == 1 && name_certificate(certificate.get(), owner) &&
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

std::string pin_of(x509_st* certificate) {
  unsigned char* encoded = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded);
  if (size <= 0) return {};
  std::array<std::uint8_t, 32> digest{};
  EVP_Digest(encoded, static_cast<std::size_t>(size), digest.data(), nullptr, EVP_sha256(),
             nullptr);
  OPENSSL_free(encoded);
  return "sha256:" + base::to_hex(digest);
}

base::Result<std::string> make(const std::string& directory, const std::string& name,
                               const std::string& owner) {
  TRY(disk::make_folder(directory));
  const auto folder = TRY(disk::open_folder(directory));
  if (disk::open_read(folder.get(), name).ok())
    return failed((name + " exists already: remove it to make another key").c_str());
  const Key key(EVP_EC_gen("P-256"));
  if (!key) return failed("OpenSSL could not make a key");
  const auto certificate = TRY(self_signed(key.get(), owner));
  const auto pem = TRY(pem_of(key.get(), certificate.get()));
  TRY(disk::replace_file(folder.get(), name, pem, 0600));
  return pin_of(certificate.get());
}

base::Result<std::string> pin_in(const std::string& path) {
  const auto text = TRY(disk::read_small_file(path, 64 * 1024));
  const Memory memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  const Certificate certificate(memory ? PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr)
                                       : nullptr);
  if (!certificate) return failed("no certificate in this file");
  return pin_of(certificate.get());
}

}  // namespace pairing
