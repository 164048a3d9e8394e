// The sizes above which a request is refused; GetPolicy announces them.

#ifndef SMART_CONTACTS_SERVICE_LIMITS_H_
#define SMART_CONTACTS_SERVICE_LIMITS_H_

#include <cstddef>
#include <cstdint>

namespace smartcontacts::service {

// ---- The app's API ----
inline constexpr std::int32_t kDigestsPerMessageMax = 10'000;
inline constexpr std::int32_t kDigestsPerStreamMax = 100'000;
inline constexpr std::int32_t kKnownMatchesPerMessageMax = 10'000;
inline constexpr std::int32_t kAppMessageBytesMax = 1 << 20;
// Below the 4 MiB that gRPC's clients take unless told otherwise. Reached only where numbers are
// shared by many subscribers.
inline constexpr std::size_t kAnswerBytesMax = 3 << 20;
inline constexpr std::int32_t kRetainedDigestsPerDeviceMax = 100'000;
inline constexpr std::int32_t kDevicesPerAccountMax = 10;
inline constexpr std::int32_t kBlindedElementsPerMessageMax = 1'000;

// ---- The operator's API ----
inline constexpr std::int32_t kAdminMessageBytesMax = 4 << 20;
inline constexpr int kSubscribersPerMessageMax = 1'000;
inline constexpr int kPageSizeDefault = 100;
inline constexpr int kPageSizeMax = 1'000;

// gRPC's own limit stands above ours, so that a message that is too large is usually refused with a
// reason instead of gRPC's bare RESOURCE_EXHAUSTED.
inline constexpr int kTransportMessageBytesMax = 16 << 20;

static_assert(kDigestsPerMessageMax * 16 + kKnownMatchesPerMessageMax * 64 < kAppMessageBytesMax,
              "a full batch with known matches of ordinary length fits into a message");

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_LIMITS_H_
