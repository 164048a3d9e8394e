// A compact filter over the locators of a directory: a client asks it which of its locators are
// probably there, and fetches only their buckets. A Golomb-Rice coded set in the manner of BIP 158;
// locators are uniformly random already and need no hash.
//
//   filter = N (4 bytes) || P (1 byte) || bits
//   value  = (the first 8 bytes of a locator as a number * (N * 2^P)) / 2^64
//
// N is the number of locators, P the Rice parameter; numbers are big-endian. The bits are the
// values in ascending order, each as its difference to the one before (the first to 0): the
// difference / 2^P in unary, as ones and a zero that ends them; the rest in P bits. Bits are
// written from the most significant on, the last byte is filled with zeros. That is P + 1.6 bits a
// locator, and one of 2^P locators that are not there is said to be.

#ifndef SMART_CONTACTS_CRYPTO_LOCATOR_FILTER_H_
#define SMART_CONTACTS_CRYPTO_LOCATOR_FILTER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "crypto/sealed_entry.h"

namespace smartcontacts::crypto {

inline constexpr int kRiceParameter = 10;
// What a filter may have: 16 Mi locators, which is 23 MB.
inline constexpr std::size_t kFilterLocatorsMax = std::size_t{1} << 24;

// The filter over `locators`. INVALID_ARGUMENT if they are not in strictly ascending order or more
// than kFilterLocatorsMax.
absl::StatusOr<std::string> EncodeLocatorFilter(absl::Span<const Locator> locators);

// Immutable; safe for concurrent use.
class LocatorFilter {
 public:
  // Reads a filter, from whomever: nothing is allocated or believed because it says so. DATA_LOSS
  // if it is cut off, has another Rice parameter than kRiceParameter, more than kFilterLocatorsMax
  // locators, values that are too large, or anything after them but the zeros that fill the byte.
  static absl::StatusOr<LocatorFilter> Parse(std::string bytes);

  // The number of locators.
  std::size_t size() const { return size_; }

  // The indices of those of `locators` that are probably in the set, ascending; all others are
  // certainly not. Takes one pass over the filter, however many they are.
  std::vector<std::size_t> ProbablyContained(absl::Span<const Locator> locators) const;

 private:
  LocatorFilter(std::string bytes, std::size_t size) : bytes_(std::move(bytes)), size_(size) {}

  std::string bytes_;
  std::size_t size_;
};

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_LOCATOR_FILTER_H_
