#include "crypto/locator_filter.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "absl/numeric/int128.h"
#include "absl/status/status.h"

namespace smartcontacts::crypto {
namespace {

constexpr std::size_t kSizeSize = 4;
constexpr std::size_t kFilterHeaderSize = kSizeSize + 1;

static_assert(kFilterLocatorsMax <= 0xffffffff, "their number has four bytes");
static_assert(kFilterLocatorsMax <= (std::uint64_t{1} << (63 - kRiceParameter)),
              "the range of values fits in 64 bits");

// The values of a filter over `size` locators are less than this.
std::uint64_t Range(std::size_t size) { return std::uint64_t{size} << kRiceParameter; }

std::uint64_t ValueOf(const Locator& locator, std::uint64_t range) {
  std::uint64_t first = 0;
  for (std::size_t i = 0; i < sizeof first; ++i) first = first << 8 | locator.bytes[i];
  return absl::Uint128High64(absl::uint128(first) * range);
}

class BitWriter {
 public:
  explicit BitWriter(std::string& bytes) : bytes_(bytes) {}

  void Write(bool bit) {
    if (used_ == 8) {
      bytes_.push_back('\0');
      used_ = 0;
    }
    if (bit) bytes_.back() = static_cast<char>(bytes_.back() | (0x80 >> used_));
    ++used_;
  }

 private:
  std::string& bytes_;
  int used_ = 8;  // of the last byte
};

// Gives the values one after the other.
class ValueReader {
 public:
  explicit ValueReader(absl::string_view bits) : bits_(bits) {}

  // Nothing if the bits end, or the value is not less than `range`.
  std::optional<std::uint64_t> Next(std::uint64_t range) {
    std::uint64_t quotient = 0;
    for (;; ++quotient) {
      const std::optional<bool> bit = NextBit();
      if (!bit.has_value()) return std::nullopt;
      if (!*bit) break;
    }
    std::uint64_t rest = 0;
    for (int i = 0; i < kRiceParameter; ++i) {
      const std::optional<bool> bit = NextBit();
      if (!bit.has_value()) return std::nullopt;
      rest = rest << 1 | static_cast<std::uint64_t>(*bit);
    }
    // Cannot overflow: there are no more ones than bits in memory.
    value_ += (quotient << kRiceParameter) + rest;
    return value_ < range ? std::optional(value_) : std::nullopt;
  }

  // Whether only the zeros follow that fill a byte.
  bool AtEnd() {
    if (bits_.size() != (position_ + 7) / 8) return false;
    while (const std::optional<bool> bit = NextBit()) {
      if (*bit) return false;
    }
    return true;
  }

 private:
  std::optional<bool> NextBit() {
    if (position_ / 8 >= bits_.size()) return std::nullopt;
    const bool bit = (bits_[position_ / 8] & (0x80 >> (position_ % 8))) != 0;
    ++position_;
    return bit;
  }

  absl::string_view bits_;
  std::size_t position_ = 0;
  std::uint64_t value_ = 0;
};

absl::Status Broken(absl::string_view why) { return absl::DataLossError(why); }

}  // namespace

absl::StatusOr<std::string> EncodeLocatorFilter(absl::Span<const Locator> locators) {
  if (locators.size() > kFilterLocatorsMax) {
    return absl::InvalidArgumentError("a filter has at most 16777216 locators");
  }
  if (std::adjacent_find(locators.begin(), locators.end(), std::greater_equal<>()) !=
      locators.end()) {
    return absl::InvalidArgumentError("the locators of a filter are in ascending order");
  }
  std::string bytes;
  bytes.reserve(kFilterHeaderSize + locators.size() * (kRiceParameter + 2) / 8 + 1);
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>(locators.size() >> shift));
  }
  bytes.push_back(static_cast<char>(kRiceParameter));

  BitWriter writer(bytes);
  std::uint64_t previous = 0;
  for (const Locator& locator : locators) {
    const std::uint64_t value = ValueOf(locator, Range(locators.size()));
    const std::uint64_t difference = value - previous;
    previous = value;
    for (std::uint64_t i = 0; i < difference >> kRiceParameter; ++i) writer.Write(true);
    writer.Write(false);
    for (int i = kRiceParameter - 1; i >= 0; --i) writer.Write((difference >> i & 1) != 0);
  }
  return bytes;
}

absl::StatusOr<LocatorFilter> LocatorFilter::Parse(std::string bytes) {
  if (bytes.size() < kFilterHeaderSize) return Broken("a locator filter is cut off");
  std::size_t size = 0;
  for (std::size_t i = 0; i < kSizeSize; ++i) {
    size = size << 8 | static_cast<std::uint8_t>(bytes[i]);
  }
  if (bytes[kSizeSize] != kRiceParameter) {
    return Broken("a locator filter has another Rice parameter than 10");
  }
  if (size > kFilterLocatorsMax) return Broken("a locator filter has too many locators");
  ValueReader reader(absl::string_view(bytes).substr(kFilterHeaderSize));
  for (std::size_t i = 0; i < size; ++i) {
    if (!reader.Next(Range(size)).has_value()) {
      return Broken("a locator filter is cut off, or a value is too large");
    }
  }
  if (!reader.AtEnd()) return Broken("there is something after the values of a locator filter");
  return LocatorFilter(std::move(bytes), size);
}

std::vector<std::size_t> LocatorFilter::ProbablyContained(
    absl::Span<const Locator> locators) const {
  std::vector<std::pair<std::uint64_t, std::size_t>> wanted;
  wanted.reserve(locators.size());
  for (std::size_t i = 0; i < locators.size(); ++i) {
    wanted.emplace_back(ValueOf(locators[i], Range(size_)), i);
  }
  std::sort(wanted.begin(), wanted.end());

  std::vector<std::size_t> contained;
  ValueReader reader(absl::string_view(bytes_).substr(kFilterHeaderSize));
  auto next = wanted.begin();
  for (std::size_t i = 0; i < size_ && next != wanted.end(); ++i) {
    const std::optional<std::uint64_t> value = reader.Next(Range(size_));
    while (next != wanted.end() && next->first < *value) ++next;
    for (; next != wanted.end() && next->first == *value; ++next) {
      contained.push_back(next->second);
    }
  }
  std::sort(contained.begin(), contained.end());
  return contained;
}

}  // namespace smartcontacts::crypto
