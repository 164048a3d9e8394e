#include "client/address_book/csv_columns.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/address_book/label.h"

namespace smartcontacts::client {
namespace {

using Names = std::initializer_list<absl::string_view>;

constexpr Names kDisplayNames = {"name",        "display name", "full name",
                                 "anzeigename", "nom complet",  "nombre para mostrar"};
constexpr Names kPrefixes = {"title", "name prefix", "anrede", "titre", "tratamiento", "titolo"};
constexpr Names kGivenNames = {"first name", "given name", "vorname", "prénom", "nombre", "nome"};
constexpr Names kMiddleNames = {"middle name", "additional name", "weitere vornamen",
                                "deuxième prénom", "segundo nombre"};
constexpr Names kFamilyNames = {"last name", "family name", "surname",  "nachname",
                                "nom",       "apellidos",   "apellido", "cognome"};
constexpr Names kSuffixes = {"suffix", "name suffix"};
constexpr Names kNicknames = {"nickname", "spitzname", "surnom", "apodo", "soprannome"};
constexpr Names kOrganizations = {
    "company", "organization", "organization name", "organization 1 - name", "firma",
    "société", "empresa",      "società",           "organisation"};

// A header that contains one of these is of a column with numbers...
constexpr Names kPhoneWords = {"phone",   "telefon", "teléfono", "mobil", "handy",     "móvil",
                               "celular", "fax",     "pager",    "tel.",  "rufnummer", "callback"};
// ... unless it contains one of these: "Phonetic First Name", "Phone 1 - Type".
constexpr Names kOtherWords = {"phonetic", "phonétique", "mail", "type", "label", "url"};

bool Is(absl::string_view header, Names names) {
  return std::find(names.begin(), names.end(), header) != names.end();
}

bool ContainsAny(absl::string_view header, Names words) {
  return std::any_of(words.begin(), words.end(),
                     [header](absl::string_view word) { return absl::StrContains(header, word); });
}

bool IsPhone(absl::string_view header) {
  return header == "tel" || header == "isdn" ||
         (ContainsAny(header, kPhoneWords) && !ContainsAny(header, kOtherWords));
}

std::optional<std::size_t> Find(const std::vector<std::string>& headers, Names names) {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [names](const std::string& header) { return Is(header, names); });
  if (found == headers.end()) return std::nullopt;
  return static_cast<std::size_t>(found - headers.begin());
}

// Google's pairs: "Phone 1 - Value" beside "Phone 1 - Type" or, since 2024, "Phone 1 - Label".
std::optional<std::size_t> FindLabelColumn(const std::vector<std::string>& headers,
                                           std::string_view header) {
  constexpr std::string_view kValue = " - value";
  if (!header.ends_with(kValue)) return std::nullopt;
  const std::string stem(header.substr(0, header.size() - kValue.size()));
  const std::string type = stem + " - type";
  const std::string label = stem + " - label";
  return Find(headers, {type, label});
}

}  // namespace

CsvColumns ReadCsvHeader(const std::vector<std::string>& header) {
  std::vector<std::string> lower;
  lower.reserve(header.size());
  for (const std::string& name : header) {
    lower.push_back(absl::AsciiStrToLower(absl::StripAsciiWhitespace(name)));
  }
  CsvColumns columns;
  columns.display_name = Find(lower, kDisplayNames);
  for (const Names names : {kPrefixes, kGivenNames, kMiddleNames, kFamilyNames, kSuffixes}) {
    if (const auto index = Find(lower, names)) columns.name_parts.push_back(*index);
  }
  for (const Names names : {kNicknames, kOrganizations}) {
    if (const auto index = Find(lower, names)) columns.substitutes.push_back(*index);
  }
  for (std::size_t i = 0; i < lower.size(); ++i) {
    if (!IsPhone(lower[i])) continue;
    CsvPhoneColumn& column = columns.phones.emplace_back();
    column.index = i;
    column.label = CanonicalLabel(header[i]);
    column.preferred = absl::StartsWith(lower[i], "primary");
    column.label_index = FindLabelColumn(lower, lower[i]);
  }
  return columns;
}

}  // namespace smartcontacts::client
