#include "client/address_book/label.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace smartcontacts::client {
namespace {

// In the order in which they stand in a label of several words: the place, then the kind.
constexpr std::array<absl::string_view, 8> kLabels = {"work",   "home", "other", "main",
                                                      "mobile", "fax",  "pager", "car"};

struct Word {
  absl::string_view word;
  absl::string_view label;  // empty: says nothing about what the number is for
};

constexpr Word kWords[] = {
    {"work", "work"},
    {"business", "work"},
    {"company", "work"},
    {"office", "work"},
    {"geschäftlich", "work"},
    {"dienstlich", "work"},
    {"bureau", "work"},
    {"travail", "work"},
    {"trabajo", "work"},
    {"lavoro", "work"},
    {"home", "home"},
    {"privat", "home"},
    {"domicile", "home"},
    {"casa", "home"},
    {"particular", "home"},
    {"other", "other"},
    {"weiteres", "other"},
    {"autre", "other"},
    {"otro", "other"},
    {"main", "main"},
    {"primary", "main"},
    {"haupttelefon", "main"},
    {"mobile", "mobile"},
    {"mobil", "mobile"},
    {"cell", "mobile"},
    {"cellular", "mobile"},
    {"iphone", "mobile"},
    {"handy", "mobile"},
    {"mobiltelefon", "mobile"},
    {"móvil", "mobile"},
    {"celular", "mobile"},
    {"cellulare", "mobile"},
    {"portable", "mobile"},
    {"fax", "fax"},
    {"telefax", "fax"},
    {"pager", "pager"},
    {"car", "car"},
    {"autotelefon", "car"},
    {"voice", ""},
    {"pref", ""},
    {"phone", ""},
    {"telephone", ""},
    {"telefon", ""},
    {"téléphone", ""},
    {"teléfono", ""},
    {"telefono", ""},
    {"tel", ""},
    {"nr", ""},
    {"number", ""},
    {"nummer", ""},
    {"value", ""},
    {"internet", ""},
    {"msg", ""},
    {"text", ""},
    {"textphone", ""},
    {"video", ""},
};

const Word* FindWord(absl::string_view word) {
  const auto* found = std::find_if(std::begin(kWords), std::end(kWords),
                                   [word](const Word& known) { return known.word == word; });
  return found == std::end(kWords) ? nullptr : found;
}

}  // namespace

std::string CanonicalLabel(std::string_view text) {
  const absl::string_view trimmed = absl::StripAsciiWhitespace({text.data(), text.size()});
  const std::string lower = absl::AsciiStrToLower(trimmed);
  std::array<bool, kLabels.size()> present = {};
  for (const absl::string_view word :
       absl::StrSplit(lower, absl::ByAnyChar(" \t.,;-_/0123456789"), absl::SkipEmpty())) {
    const Word* known = FindWord(word);
    if (known == nullptr) return std::string(trimmed);
    const auto label = std::find(kLabels.begin(), kLabels.end(), known->label);
    if (label != kLabels.end()) present[static_cast<std::size_t>(label - kLabels.begin())] = true;
  }
  std::string canonical;
  for (std::size_t i = 0; i < kLabels.size(); ++i) {
    if (!present[i]) continue;
    if (!canonical.empty()) canonical.push_back(' ');
    canonical.append(kLabels[i].data(), kLabels[i].size());
  }
  return canonical;
}

}  // namespace smartcontacts::client
