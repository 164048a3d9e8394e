#include "client/normalization/numbering_plan.h"

#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>
#include <phonenumbers/shortnumberinfo.h>

#include <cstdlib>

namespace smartcontacts::client {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;
using i18n::phonenumbers::ShortNumberInfo;

constexpr char kNoRegion[] = "ZZ";
// ITU-T E.164 has none longer; protects std::stoull too.
constexpr std::size_t kDigitsMax = 15;

const PhoneNumberUtil& Util() { return *PhoneNumberUtil::GetInstance(); }

const ShortNumberInfo& ShortNumbers() {
  static const ShortNumberInfo info;
  return info;
}

std::optional<GlobalNumber> Parse(const std::string& text, const std::string& region) {
  PhoneNumber number;
  if (Util().ParseAndKeepRawInput(text, region, &number) != PhoneNumberUtil::NO_PARSING_ERROR ||
      Util().IsPossibleNumberWithReason(number) != PhoneNumberUtil::IS_POSSIBLE) {
    return std::nullopt;
  }
  std::string formatted;
  Util().Format(number, PhoneNumberUtil::E164, &formatted);
  GlobalNumber global{
      .country_code = number.country_code(),
      .digits = formatted.substr(1),
      .valid = Util().IsValidNumber(number),
      .international_prefix = number.country_code_source() == PhoneNumber::FROM_NUMBER_WITH_IDD};
  global.national_digits = global.digits.substr(std::to_string(global.country_code).size());
  return global;
}

}  // namespace

bool NumberingPlan::IsRegion(const std::string& region) {
  return Util().GetCountryCodeForRegion(region) != 0;
}

std::optional<GlobalNumber> NumberingPlan::ReadGlobal(const std::string& digits) {
  return Parse("+" + digits, kNoRegion);
}

std::optional<GlobalNumber> NumberingPlan::ReadNational(const std::string& digits) const {
  return Parse(digits, region_);
}

bool NumberingPlan::IsEmergencyNumber(const std::string& digits) const {
  return ShortNumbers().IsEmergencyNumber(digits, region_);
}

bool NumberingPlan::IsShortCode(const std::string& digits) const {
  // A number has no leading zeros, and no short code of a plan begins with one.
  if (digits.empty() || digits.front() == '0' || digits.size() > kDigitsMax) return false;
  PhoneNumber number;
  number.set_country_code(country_code());
  number.set_national_number(std::stoull(digits));
  return ShortNumbers().IsValidShortNumberForRegion(number, region_);
}

int NumberingPlan::country_code() const { return Util().GetCountryCodeForRegion(region_); }

std::string NumberingPlan::national_prefix() const {
  std::string prefix;
  Util().GetNddPrefixForRegion(region_, /*strip_non_digits=*/true, &prefix);
  return prefix;
}

}  // namespace smartcontacts::client
