// From a number as a person typed it to the identifiers that may be matched.
//
// Client and directory side run the same code with the tenant's dial plan, because a server cannot
// repair a digest. Based on libphonenumber; the PBX's own rules come first, since they change what
// the digits mean. docs/protocol.md describes the same steps for other implementations.

#ifndef SMART_CONTACTS_CLIENT_NORMALIZATION_NORMALIZER_H_
#define SMART_CONTACTS_CLIENT_NORMALIZATION_NORMALIZER_H_

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "domain/dial_plan.h"
#include "domain/identifier.h"

namespace smartcontacts::client {

// How a candidate was read from what was typed; shown to people who ask why a contact matched.
enum class Reading {
  kInternational,  // '+' or the international prefix was written
  kNational,       // read as a number of the default region
  kOutsideLine,    // after the outside-line digits were taken off
  kMissingPlus,    // a bare MSISDN that got its '+'
  kExtension,      // an extension of the tenant
  kAlias,          // another way to write the same line; only made by ForDirectory()
};

// Why nothing of a number is sent.
enum class Skipped {
  kEmpty,           // no digits
  kServiceCode,     // contains '*' or '#' (USSD, feature codes)
  kEmergency,       // an emergency number of the default region
  kShortCode,       // a short code of the default region that is no extension
  kNotPossible,     // too short, too long, or no number at all
  kForeignContext,  // an extension of another phone-context
};

// "international", "outside line", ...: lower case, for tables.
std::string_view Name(Reading reading);
// "service code", "emergency number", ...
std::string_view Name(Skipped skipped);

struct Candidate {
  Identifier identifier;
  Reading reading;

  friend bool operator==(const Candidate&, const Candidate&) = default;
};

struct Normalized {
  // The most likely first; no identifier twice; at most kCandidatesMax. Empty exactly if `skipped`
  // is set.
  std::vector<Candidate> candidates;
  std::optional<Skipped> skipped;
};

inline constexpr std::size_t kCandidatesMax = 8;

// Safe for concurrent use.
class Normalizer {
 public:
  // INVALID_ARGUMENT if `plan` breaks a rule of domain/dial_plan.h or names a region that no
  // numbering plan is known for.
  static absl::StatusOr<Normalizer> Create(const DialPlan& plan);
  ~Normalizer();
  Normalizer(Normalizer&&) noexcept;
  Normalizer& operator=(Normalizer&&) noexcept;

  // A contact of an address book. `typed` is UTF-8 (broken UTF-8 is skipped as kNotPossible) and
  // may be a tel URI. At most 256 bytes are read; longer is kNotPossible.
  Normalized ForContact(std::string_view typed) const;

  // A number of a subscriber: the one identifier that `typed` means (ForContact()'s first), then
  // the alias forms that a client may still arrive at (Argentina with and without 9, Mexico with
  // and without 1, Brazilian mobiles with and without the ninth digit).
  Normalized ForDirectory(std::string_view typed) const;

 private:
  class Rules;
  explicit Normalizer(std::unique_ptr<const Rules> rules);
  std::unique_ptr<const Rules> rules_;
};

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_NORMALIZATION_NORMALIZER_H_
