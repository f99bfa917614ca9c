#include "recognize/library.h"

#include <dlfcn.h>

#include <optional>

#include "recognize/functions.h"

namespace recognize {
namespace {

template <typename F>
bool find(void* library, const char* name, F& function) {
  function = reinterpret_cast<F>(dlsym(library, name));  // as POSIX promises
  return function != nullptr;
}

std::optional<Library> loaded() {
  void* const at = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  Library it{};
  const bool whole =
      at != nullptr && find(at, "TessBaseAPICreate", it.create) &&
      find(at, "TessBaseAPIDelete", it.destroy) && find(at, "TessBaseAPIInit5", it.init) &&
      find(at, "TessBaseAPISetVariable", it.set_variable) &&
      find(at, "TessBaseAPISetPageSegMode", it.set_page_mode) &&
      find(at, "TessBaseAPISetImage", it.set_image) &&
      find(at, "TessBaseAPIRecognize", it.recognize) &&
      find(at, "TessBaseAPIGetUTF8Text", it.text) && find(at, "TessDeleteText", it.delete_text) &&
      find(at, "TessBaseAPIClear", it.clear) &&
      find(at, "TessBaseAPIClearAdaptiveClassifier", it.forget) &&
      find(at, "TessMonitorCreate", it.create_monitor) &&
      find(at, "TessMonitorDelete", it.delete_monitor) &&
      find(at, "TessMonitorSetCancelFunc", it.set_cancel) &&
      find(at, "TessMonitorSetCancelThis", it.set_cancel_with) &&
      find(at, "omp_set_max_active_levels", it.set_parallel);
  if (!whole) return std::nullopt;
  return it;
}

}  // namespace

base::Result<const Library*> load_library() {
  static const std::optional<Library> kLoaded = loaded();
  if (kLoaded) return &*kLoaded;
  return base::ask_administrator(
      "recognize", std::string("the reader of text cannot be loaded; install ") + kLibraryPackage);
}

}  // namespace recognize
