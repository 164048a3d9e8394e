// How the users of a tenant write and dial numbers. The policy hands it to every client, because a
// client and the directory must normalise alike: a server cannot repair a digest.

#ifndef SMART_CONTACTS_DOMAIN_DIAL_PLAN_H_
#define SMART_CONTACTS_DOMAIN_DIAL_PLAN_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace smartcontacts {

struct DialPlan {
  // ISO 3166-1 alpha-2, upper case: where a number without a country code is at home. Required.
  std::string default_region;
  // Digits dialled to reach a public line from the PBX, such as "0" or "9". Empty: none. At most 3.
  std::string outside_line_prefix;
  // Digits that stand for '+', such as "00" or "011". Empty: those of `default_region`. At most 6.
  std::string international_prefix;
  // Digits before a national number, such as "0" or "1". Empty: those of `default_region`. At
  // most 4.
  std::string national_prefix;
  // Which digit strings are extensions, matched in full: digits, classes such as [1-7], counts such
  // as {2} or {2,4}, alternatives with '|', groups, '?'. Empty: the tenant has no extensions.
  // At most 128 characters. Only strings of 2 to 6 digits are ever tried.
  std::string extension_pattern;
  // The domain that makes an extension unique (RFC 3966 phone-context). Required with a pattern.
  std::string phone_context;

  friend bool operator==(const DialPlan&, const DialPlan&) = default;
};

// OK, or INVALID_ARGUMENT naming the field that breaks a rule above.
absl::Status Validate(const DialPlan& plan);

}  // namespace smartcontacts

#endif  // SMART_CONTACTS_DOMAIN_DIAL_PLAN_H_
