// The limits of the share, in one table (docs/share.md section 11). What is larger is refused, by
// the writer and by the reader alike.
#pragma once

#include <cstddef>
#include <cstdint>

namespace share {

inline constexpr std::size_t kMaxCover = 4 * 1024;          // sealed, as stored
inline constexpr std::size_t kMaxGrant = 64 * 1024;         // check || sealed, as stored
inline constexpr std::size_t kMaxRequest = 8 * 1024;        // a recipient's request: JSON
inline constexpr std::size_t kMaxAnswer = 256 * 1024;       // an answer to a recipient: JSON
inline constexpr std::size_t kMaxCommand = 256 * 1024;      // dispatch's command: JSON
inline constexpr std::size_t kMaxReply = 1024 * 1024;       // a reply to dispatch: JSON
inline constexpr std::size_t kMaxIndex = 64 * 1024 * 1024;  // JSON of an index blob
inline constexpr std::size_t kMaxBlobs = 64;                // in one grant, in one scope
inline constexpr std::size_t kMaxText = 400;                // sender, contact, ...: UTF-8 bytes
inline constexpr std::size_t kMaxReceiptPayload = 1024;
inline constexpr unsigned kMaxReceipts = 64;  // in a session
inline constexpr unsigned kMaxEvents = 1000;  // in one reply to dispatch
inline constexpr unsigned kDefaultTriesMax = 100;
inline constexpr unsigned kTriesLeftTold = 10;   // tries_left is told from here downwards
inline constexpr unsigned kSlowAfterWrong = 10;  // wrong answers; then one attempt in ...
inline constexpr std::int64_t kSlowAttemptSeconds = 30;
inline constexpr std::int64_t kTicketSeconds = 15 * 60;
inline constexpr std::int64_t kRenewSeconds = 12 * 3600;         // after open
inline constexpr std::int64_t kAbsentAfterSeconds = 30 * 86400;  // after expired or revoked
inline constexpr std::uint64_t kMaxInteger =
    (std::uint64_t{1} << 53) - 1;                                      // exact in every JSON reader
inline constexpr std::uint64_t kMaxSegments = std::uint64_t{1} << 20;  // of a sealed stream

}  // namespace share
