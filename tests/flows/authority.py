"""A hospital's own certificate authority, as small as it can be."""
import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.datetime.utcnow()


def days(count):
    return NOW + datetime.timedelta(days=count)


def pem_of(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


class Identity:
    """A private key and its certificate, in files of their own."""

    def __init__(self, folder, name, key, certificate):
        self.key, self.certificate = key, certificate
        self.key_file, self.file = folder / f"{name}.key", folder / f"{name}.pem"
        self.key_file.write_bytes(pem_of(key))
        self.key_file.chmod(0o640)
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    @property
    def fingerprint(self):
        return self.certificate.fingerprint(hashes.SHA256()).hex()


class Authority(Identity):
    def __init__(self, folder, name="ca"):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.subject = folder, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        key = ec.generate_private_key(ec.SECP256R1())
        constraints = (x509.BasicConstraints(ca=True, path_length=1), True)
        super().__init__(folder, name, key, self.sign(self.subject, key.public_key(), key, -2, 365, constraints))

    def sign(self, subject, public_key, signer, begins, ends, *extensions):
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(self.subject).public_key(public_key)
                   .serial_number(x509.random_serial_number()).not_valid_before(days(begins)).not_valid_after(days(ends)))
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(signer, hashes.SHA256())

    def issue(self, name, ends=90, begins=-1, dns=None, bits=None, use=None, file=None):
        """`bits`: RSA of that size instead of P-256; `use`: the only extended key usage."""
        key = rsa.generate_private_key(65537, bits) if bits else ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"), x509.NameAttribute(NameOID.COMMON_NAME, name)])
        extensions = [(x509.SubjectAlternativeName([x509.DNSName(dns or f"{name.lower()}.example")]), False)]
        if use:
            extensions.append((x509.ExtendedKeyUsage([use]), False))
        return Identity(self.folder, file or name, key, self.sign(subject, key.public_key(), self.key, begins, ends, *extensions))


SERVER_ONLY = ExtendedKeyUsageOID.SERVER_AUTH
