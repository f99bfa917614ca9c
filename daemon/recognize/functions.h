// What of Tesseract's C interface is used; for the sources of this room alone.
#pragma once

#include <tesseract/capi.h>

#include "recognize/library.h"

namespace recognize {

struct Library {
  decltype(&TessBaseAPICreate) create;
  decltype(&TessBaseAPIDelete) destroy;
  decltype(&TessBaseAPIInit5) init;
  decltype(&TessBaseAPISetVariable) set_variable;
  decltype(&TessBaseAPISetPageSegMode) set_page_mode;
  decltype(&TessBaseAPISetImage) set_image;
  decltype(&TessBaseAPIRecognize) recognize;
  decltype(&TessBaseAPIGetUTF8Text) text;
  decltype(&TessDeleteText) delete_text;
  decltype(&TessBaseAPIClear) clear;
  decltype(&TessBaseAPIClearAdaptiveClassifier) forget;
  decltype(&TessMonitorCreate) create_monitor;
  decltype(&TessMonitorDelete) delete_monitor;
  decltype(&TessMonitorSetCancelFunc) set_cancel;
  decltype(&TessMonitorSetCancelThis) set_cancel_with;
  void (*set_parallel)(int levels);  // OpenMP's omp_set_max_active_levels
};

}  // namespace recognize
