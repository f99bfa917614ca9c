#include "receive/sop_class.h"

#include <algorithm>
#include <array>

#include "dicom/uids.h"

namespace receive {
namespace {

// Services other than storage; "x." covers all below x.
constexpr std::array kOtherServices = {
    std::string_view("1.2.840.10008.1."),          // notification, commitment, logging, directories
    std::string_view("1.2.840.10008.3.1."),        // detached management, performed procedure steps
    std::string_view("1.2.840.10008.4."),          // service classes
    std::string_view("1.2.840.10008.5.1.1."),      // print, media creation, display
    std::string_view("1.2.840.10008.5.1.4.1.2."),  // query/retrieve
    std::string_view("1.2.840.10008.5.1.4.1.1.200.4"),
    std::string_view("1.2.840.10008.5.1.4.1.1.200.5"),
    std::string_view("1.2.840.10008.5.1.4.1.1.200.6"),
    std::string_view("1.2.840.10008.5.1.4.1.1.201.2"),
    std::string_view("1.2.840.10008.5.1.4.1.1.201.3"),
    std::string_view("1.2.840.10008.5.1.4.1.1.201.4"),
    std::string_view("1.2.840.10008.5.1.4.1.1.201.5"),
    std::string_view("1.2.840.10008.5.1.4.1.1.201.6"),
    std::string_view("1.2.840.10008.5.1.4.20."),  // procedure protocols: query/retrieve
    std::string_view("1.2.840.10008.5.1.4.31"),   // modality worklist
    std::string_view("1.2.840.10008.5.1.4.32"),   // general purpose worklist
    std::string_view("1.2.840.10008.5.1.4.32."),
    std::string_view("1.2.840.10008.5.1.4.33"),    // instance availability notification
    std::string_view("1.2.840.10008.5.1.4.34.2"),  // machine verification, procedure steps
    std::string_view("1.2.840.10008.5.1.4.34.3"),
    std::string_view("1.2.840.10008.5.1.4.34.4."),
    std::string_view("1.2.840.10008.5.1.4.34.6."),
    std::string_view("1.2.840.10008.5.1.4.34.8"),
    std::string_view("1.2.840.10008.5.1.4.34.9"),
    std::string_view("1.2.840.10008.5.1.4.37."),  // relevant patient information
    std::string_view("1.2.840.10008.5.1.4.38.2"),
    std::string_view("1.2.840.10008.5.1.4.38.3"),
    std::string_view("1.2.840.10008.5.1.4.38.4"),
    std::string_view("1.2.840.10008.5.1.4.39.2"),
    std::string_view("1.2.840.10008.5.1.4.39.3"),
    std::string_view("1.2.840.10008.5.1.4.39.4"),
    std::string_view("1.2.840.10008.5.1.4.41"),  // product characteristics, substances
    std::string_view("1.2.840.10008.5.1.4.42"),
    std::string_view("1.2.840.10008.5.1.4.43.2"),
    std::string_view("1.2.840.10008.5.1.4.43.3"),
    std::string_view("1.2.840.10008.5.1.4.43.4"),
    std::string_view("1.2.840.10008.5.1.4.44.2"),
    std::string_view("1.2.840.10008.5.1.4.44.3"),
    std::string_view("1.2.840.10008.5.1.4.44.4"),
    std::string_view("1.2.840.10008.5.1.4.45.2"),
    std::string_view("1.2.840.10008.5.1.4.45.3"),
    std::string_view("1.2.840.10008.5.1.4.45.4"),
    std::string_view("1.2.840.10008.10."),  // real-time communication
};

// Storage classes whose numbers lie among the others'.
constexpr std::array kStorageAmongThem = {
    std::string_view("1.2.840.10008.5.1.1.27"),  // stored print
    std::string_view("1.2.840.10008.5.1.1.29"),  // hardcopy grayscale
    std::string_view("1.2.840.10008.5.1.1.30"),  // hardcopy color
};

bool covers(std::string_view entry, std::string_view uid) {
  return entry.ends_with('.') ? uid.starts_with(entry) : uid == entry;
}

bool is_one_of(const auto& list, std::string_view uid) {
  return std::any_of(list.begin(), list.end(), [&](auto entry) { return covers(entry, uid); });
}

}  // namespace

bool accepts_abstract_syntax(std::string_view uid) {
  if (!dicom::is_valid_uid(uid)) return false;
  if (uid == kVerificationSOPClass || is_one_of(kStorageAmongThem, uid)) return true;
  return !is_one_of(kOtherServices, uid);
}

}  // namespace receive
