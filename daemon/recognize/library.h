// Tesseract, loaded when it is needed: linked, it would bring curl, TLS, LDAP and Kerberos into
// every process of work and of the command, whether a picture is read there or not.
#pragma once

#include "base/result.h"

namespace recognize {

inline constexpr const char* kLibrary = "libtesseract.so.5";
inline constexpr const char* kLibraryPackage = "libtesseract5";

struct Library;  // its functions, for this room alone: recognize/functions.h
// Once for the process; it stays. AskAdministrator where it is not installed.
base::Result<const Library*> load_library();

}  // namespace recognize
