#include "storage/postgres/connection_options.h"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace smartcontacts::storage {
namespace {

using Keywords = std::map<std::string, std::string>;

constexpr std::pair<const char*, const char*> kDefaults[] = {
    {"application_name", "smart-contacts"},
    {"connect_timeout", "3"},  // seconds
    {"keepalives_idle", "20"},
    {"keepalives_interval", "5"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "10000"},  // milliseconds that sent data may stay unacknowledged
};

absl::StatusOr<Keywords> Parse(absl::string_view database) {
  const std::string text(database);
  char* error = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(text.c_str(), &error), &PQconninfoFree);
  PQfreemem(error);  // it may quote a password
  if (options == nullptr) {
    return absl::InvalidArgumentError(
        "the database is neither a postgresql:// URI nor libpq keywords that can be read");
  }
  Keywords keywords;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) keywords[option->keyword] = option->val;
  }
  return keywords;
}

}  // namespace

bool IsPostgres(absl::string_view database) {
  constexpr std::array kBeginnings = {"postgresql://", "postgres://",
                                      "service=", "host=", "dbname="};
  return std::any_of(kBeginnings.begin(), kBeginnings.end(),
                     [&](const char* beginning) { return absl::StartsWith(database, beginning); });
}

absl::StatusOr<std::string> CompleteConnectionOptions(absl::string_view database) {
  absl::StatusOr<Keywords> keywords = Parse(database);
  if (!keywords.ok()) return std::move(keywords).status();
  for (const auto& [keyword, value] : kDefaults) keywords->try_emplace(keyword, value);
  std::string text;
  for (const auto& [keyword, value] : *keywords) {
    absl::StrAppend(&text, keyword, "='",
                    absl::StrReplaceAll(value, {{"\\", "\\\\"}, {"'", "\\'"}}), "' ");
  }
  return text;
}

std::string DescribeConnection(absl::string_view database) {
  const absl::StatusOr<Keywords> keywords = Parse(database);
  if (!keywords.ok()) return "PostgreSQL";
  std::string text = "PostgreSQL";
  for (const char* keyword : {"service", "host", "port", "dbname", "user"}) {
    const auto found = keywords->find(keyword);
    if (found != keywords->end()) absl::StrAppend(&text, " ", keyword, "=", found->second);
  }
  return text;
}

}  // namespace smartcontacts::storage
