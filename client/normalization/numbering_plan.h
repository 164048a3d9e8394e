// What libphonenumber knows of the world's numbering plans, in the few questions asked here. Only
// this file's implementation includes libphonenumber.

#ifndef SMART_CONTACTS_CLIENT_NORMALIZATION_NUMBERING_PLAN_H_
#define SMART_CONTACTS_CLIENT_NORMALIZATION_NUMBERING_PLAN_H_

#include <optional>
#include <string>

namespace smartcontacts::client {

// A number in the form of E.164.
struct GlobalNumber {
  int country_code = 0;
  std::string digits;           // the country code and the national number, without '+'
  std::string national_digits;  // without the country code, with leading zeros
  // Assigned, as far as the metadata knows. A number of a range that is newer than the metadata is
  // not valid and yet somebody's.
  bool valid = false;
  bool international_prefix = false;  // ReadNational(): the region's own was dialled
};

// Thread-safe: the metadata are constant.
class NumberingPlan {
 public:
  // `region`: ISO 3166-1 alpha-2, upper case.
  explicit NumberingPlan(std::string region) : region_(std::move(region)) {}

  static bool IsRegion(const std::string& region);

  // Reads country code and national number, without '+'. Nothing if the length is impossible.
  static std::optional<GlobalNumber> ReadGlobal(const std::string& digits);
  // Reads digits as they are dialled in the region, with or without its prefixes. Nothing if the
  // length is impossible or lacks the area code.
  std::optional<GlobalNumber> ReadNational(const std::string& digits) const;

  bool IsEmergencyNumber(const std::string& digits) const;
  bool IsShortCode(const std::string& digits) const;
  int country_code() const;
  // What is dialled before a national number, such as "0"; empty if nothing is.
  std::string national_prefix() const;

 private:
  std::string region_;
};

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_NORMALIZATION_NUMBERING_PLAN_H_
