#include "client/normalization/normalizer.h"

#include <re2/re2.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/normalization/aliases.h"
#include "client/normalization/numbering_plan.h"
#include "client/normalization/typed_number.h"
#include "domain/status_macros.h"

namespace smartcontacts::client {
namespace {

// Up to this length, digits without a prefix are a number only if the metadata know it: "1001" has
// a possible length for a German number.
constexpr std::size_t kShortDigitsMax = 6;

// A country code and an ordinary national number.
constexpr std::size_t kMissingPlusDigitsMin = 11;

// One way to understand digits.
struct Understood {
  GlobalNumber number;
  Reading reading;
};
using AllUnderstood = std::vector<Understood>;

Normalized Skip(Skipped skipped) { return {.skipped = skipped}; }

// Made canonical before it is parsed too: newer metadata no longer know the Mexican 1.
std::optional<GlobalNumber> ReadGlobal(const std::string& digits) {
  return NumberingPlan::ReadGlobal(CanonicalForm(digits));
}

}  // namespace

std::string_view Name(Reading reading) {
  switch (reading) {
    case Reading::kInternational:
      return "international";
    case Reading::kNational:
      return "national";
    case Reading::kOutsideLine:
      return "outside line";
    case Reading::kMissingPlus:
      return "missing plus";
    case Reading::kExtension:
      return "extension";
    case Reading::kAlias:
      return "alias";
  }
  return "";
}

std::string_view Name(Skipped skipped) {
  switch (skipped) {
    case Skipped::kEmpty:
      return "no digits";
    case Skipped::kServiceCode:
      return "service code";
    case Skipped::kEmergency:
      return "emergency number";
    case Skipped::kShortCode:
      return "short code";
    case Skipped::kNotPossible:
      return "not a possible number";
    case Skipped::kForeignContext:
      return "foreign extension";
  }
  return "";
}

class Normalizer::Rules {
 public:
  explicit Rules(const DialPlan& plan)
      : plan_(plan), numbering_(plan.default_region), extension_(plan.extension_pattern) {
    if (plan_.national_prefix.empty()) plan_.national_prefix = numbering_.national_prefix();
  }

  Normalized Normalize(std::string_view typed) const {
    std::optional<TypedNumber> number = ReadTypedNumber(typed);
    if (!number.has_value()) return Skip(Skipped::kNotPossible);
    if (number->digits.empty()) {
      return Skip(number->service_code ? Skipped::kServiceCode : Skipped::kEmpty);
    }
    if (number->service_code) return Skip(Skipped::kServiceCode);
    if (number->phone_context.has_value()) return InContext(*number);
    return WithoutContext(*number);
  }

 private:
  Normalized InContext(TypedNumber number) const {
    if (number.phone_context->starts_with('+')) {
      // A context of digits stands before the number (RFC 3966, section 5.1.5).
      number.digits = number.phone_context->substr(1) + number.digits;
      number.plus = true;
      return WithoutContext(number);
    }
    if (*number.phone_context != plan_.phone_context) return Skip(Skipped::kForeignContext);
    return WithoutContext(number);
  }

  Normalized WithoutContext(const TypedNumber& number) const {
    // "0 +49 ...": the outside line, then a number that needs nothing more.
    const bool plus_counts = number.plus && (number.before_plus.empty() ||
                                             number.before_plus == plan_.outside_line_prefix);
    if (plus_counts) return Global(number);
    TypedNumber local = number;
    local.digits = number.before_plus + number.digits;

    if (numbering_.IsEmergencyNumber(local.digits)) return Skip(Skipped::kEmergency);
    if (IsExtension(local)) return Extension(local);
    const std::string behind_outside_line = BehindOutsideLine(local);
    if (numbering_.IsEmergencyNumber(behind_outside_line)) return Skip(Skipped::kEmergency);
    for (const std::string& digits : {local.digits, behind_outside_line}) {
      if (numbering_.IsShortCode(digits)) return Skip(Skipped::kShortCode);
    }
    return Finish(ReadLocal(local, behind_outside_line), local.sub_address);
  }

  Normalized Global(const TypedNumber& number) const {
    const std::optional<GlobalNumber> global = ReadGlobal(number.digits);
    if (!global.has_value()) return Skip(Skipped::kNotPossible);
    if (!global->valid && global->national_digits.size() < kShortDigitsMax) {
      return Skip(Skipped::kNotPossible);
    }
    return Finish({{*global, Reading::kInternational}}, number.sub_address);
  }

  bool IsExtension(const TypedNumber& number) const {
    return !plan_.extension_pattern.empty() && number.sub_address.empty() &&
           number.digits.size() >= Identifier::kExtensionDigitsMin &&
           number.digits.size() <= Identifier::kExtensionDigitsMax &&
           RE2::FullMatch(number.digits, extension_);
  }

  Normalized Extension(const TypedNumber& number) const {
    const auto identifier = Identifier::Extension(number.digits, plan_.phone_context);
    if (!identifier.ok()) return Skip(Skipped::kNotPossible);
    return {.candidates = {{*identifier, Reading::kExtension}}};
  }

  // What follows the outside-line digits; empty if they were not dialled.
  std::string BehindOutsideLine(const TypedNumber& number) const {
    const std::string& prefix = plan_.outside_line_prefix;
    if (prefix.empty() || !number.digits.starts_with(prefix)) return {};
    return number.digits.substr(prefix.size());
  }

  AllUnderstood ReadLocal(const TypedNumber& number, const std::string& behind_outside_line) const {
    AllUnderstood outside;
    if (!behind_outside_line.empty()) outside = ReadPublic(behind_outside_line);
    for (Understood& understood : outside) understood.reading = Reading::kOutsideLine;
    // Written apart ("0 0157 ..."), the outside line is meant and nothing else.
    const bool apart = number.first_group == plan_.outside_line_prefix.size();
    if (apart && !outside.empty()) return outside;

    // Written together, both can be meant: what is dialled that way comes before what would need a
    // plus, and a number nobody knows is only taken if there is nothing better.
    const AllUnderstood plain = ReadPublic(number.digits);
    const bool guess = !plain.empty() && plain.front().reading == Reading::kMissingPlus;
    const AllUnderstood& first = guess ? outside : plain;
    const AllUnderstood& second = guess ? plain : outside;
    AllUnderstood valid;
    for (const AllUnderstood* all : {&first, &second}) {
      std::copy_if(all->begin(), all->end(), std::back_inserter(valid),
                   [](const Understood& understood) { return understood.number.valid; });
    }
    if (!valid.empty()) return valid;
    return plain.empty() ? outside : plain;
  }

  // Digits as they are dialled on a public line.
  AllUnderstood ReadPublic(const std::string& digits) const {
    const std::string& international = plan_.international_prefix;
    if (!international.empty() && digits.starts_with(international)) {
      const auto global = ReadGlobal(digits.substr(international.size()));
      if (global.has_value()) return {{*global, Reading::kInternational}};
    }
    std::optional<GlobalNumber> national = ReadNational(digits);
    if (national.has_value() && national->international_prefix) {
      // The region's own prefix counts only where the tenant has no other.
      if (international.empty()) return {{*national, Reading::kInternational}};
      national.reset();
    }
    if (!plan_.national_prefix.empty() && digits.starts_with(plan_.national_prefix)) {
      if (!national.has_value()) return {};
      return {{*national, Reading::kNational}};
    }
    if (digits.size() <= kShortDigitsMax && national.has_value() && !national->valid) {
      national.reset();
    }
    return WithMissingPlus(digits, national);
  }

  std::optional<GlobalNumber> ReadNational(const std::string& digits) const {
    const std::string& prefix = plan_.national_prefix;
    const bool foreign_prefix = prefix != numbering_.national_prefix();
    if (foreign_prefix && !prefix.empty() && digits.starts_with(prefix)) {
      if (auto number = numbering_.ReadNational(digits.substr(prefix.size()))) return number;
    }
    return numbering_.ReadNational(digits);
  }

  // Digits without any prefix: a national number, or one with its country code and no '+'.
  AllUnderstood WithMissingPlus(const std::string& digits,
                                const std::optional<GlobalNumber>& national) const {
    const std::optional<GlobalNumber> global = ReadGlobal(digits);
    AllUnderstood all;
    if (global.has_value() && global->valid) {
      // The country's own code: read nationally, it would be somebody else's valid number.
      const bool own = global->country_code == numbering_.country_code();
      if (!own && national.has_value() && national->valid) {
        all.push_back({*national, Reading::kNational});
      }
      all.push_back({*global, Reading::kMissingPlus});
      return all;
    }
    // Neither is known. So many digits without the country's prefix rather begin with a country
    // code.
    const bool long_enough = digits.size() >= kMissingPlusDigitsMin;
    if (global.has_value() && long_enough && !(national.has_value() && national->valid)) {
      all.push_back({*global, Reading::kMissingPlus});
    }
    if (national.has_value()) all.push_back({*national, Reading::kNational});
    return all;
  }

  Normalized Finish(const AllUnderstood& all, const std::string& sub_address) const {
    Normalized normalized;
    for (const Understood& understood : all) {
      const auto identifier =
          Identifier::Global(CanonicalForm(understood.number.digits), sub_address);
      if (!identifier.ok()) continue;
      const bool known = std::any_of(
          normalized.candidates.begin(), normalized.candidates.end(),
          [&](const Candidate& candidate) { return candidate.identifier == *identifier; });
      if (!known) normalized.candidates.push_back({*identifier, understood.reading});
    }
    if (normalized.candidates.empty()) normalized.skipped = Skipped::kNotPossible;
    return normalized;
  }

  DialPlan plan_;
  const NumberingPlan numbering_;
  const RE2 extension_;
};

absl::StatusOr<Normalizer> Normalizer::Create(const DialPlan& plan) {
  RETURN_IF_ERROR(Validate(plan));
  if (!NumberingPlan::IsRegion(plan.default_region)) {
    return absl::InvalidArgumentError("default_region: no numbering plan is known for this region");
  }
  return Normalizer(std::make_unique<const Rules>(plan));
}

Normalizer::Normalizer(std::unique_ptr<const Rules> rules) : rules_(std::move(rules)) {}
Normalizer::~Normalizer() = default;
Normalizer::Normalizer(Normalizer&&) noexcept = default;
Normalizer& Normalizer::operator=(Normalizer&&) noexcept = default;

Normalized Normalizer::ForContact(std::string_view typed) const { return rules_->Normalize(typed); }

Normalized Normalizer::ForDirectory(std::string_view typed) const {
  Normalized normalized = rules_->Normalize(typed);
  if (normalized.candidates.empty()) return normalized;
  normalized.candidates.erase(normalized.candidates.begin() + 1, normalized.candidates.end());
  const std::string& value = normalized.candidates.front().identifier.value();
  constexpr std::string_view kGlobal = "tel:+";
  if (!value.starts_with(kGlobal)) return normalized;
  const std::size_t end = value.find(';');
  const std::string digits = value.substr(kGlobal.size(), end - kGlobal.size());
  if (const std::optional<std::string> other = OtherForm(digits)) {
    const std::string sub_address =
        end == std::string::npos ? "" : value.substr(value.find('=', end) + 1);
    if (auto alias = Identifier::Global(*other, sub_address); alias.ok()) {
      normalized.candidates.push_back({*std::move(alias), Reading::kAlias});
    }
  }
  return normalized;
}

}  // namespace smartcontacts::client
