#include "client/receipt/receipt_file.h"

#include <google/protobuf/util/time_util.h>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace smartcontacts::client {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kSignatureSize = 64;
constexpr std::size_t kKeyIdSize = 8;
// Of objects and arrays within each other. What "about" says needs four; thousands would use up the
// stack of whoever compares it.
constexpr int kNestingMax = 8;

absl::Status NoReceipt(const char* why) {
  return absl::InvalidArgumentError(absl::StrCat("this is no receipt: ", why));
}

// Empty if it is not there or no string.
std::string Text(const ordered_json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || !found->is_string() ? std::string() : found->get<std::string>();
}

}  // namespace

ordered_json DescribeStatement(const v1::ReceiptStatement& statement) {
  ordered_json counts = ordered_json::array();
  for (const v1::ReceiptCount& count : statement.counts())
    counts.push_back({{"kind", count.kind()}, {"count", count.count()}});
  return {{"tenant_id", statement.tenant_id()},
          {"aor", statement.aor()},
          {"device_id", statement.device_id()},
          {"counts", counts},
          {"finish_time", google::protobuf::util::TimeUtil::ToString(statement.finish_time())},
          {"requested_by", statement.requested_by()},
          {"receipt_id", absl::BytesToHexString(statement.receipt_id())}};
}

absl::StatusOr<ordered_json> ReceiptToJson(const v1::Receipt& receipt) {
  v1::ReceiptStatement statement;
  if (!statement.ParseFromString(receipt.statement())) {
    return absl::InternalError("the service sent a receipt that cannot be read");
  }
  return ordered_json{{"statement", absl::Base64Escape(receipt.statement())},
                      {"signature", absl::Base64Escape(receipt.signature())},
                      {"key_id", absl::BytesToHexString(receipt.key_id())},
                      {"about", DescribeStatement(statement)}};
}

absl::StatusOr<ReadReceipt> ParseReceipt(const std::string& text) {
  if (text.size() > kReceiptSizeMax) return NoReceipt("it is too large");
  bool nested_too_deeply = false;
  const auto keep = [&nested_too_deeply](int depth, ordered_json::parse_event_t, ordered_json&) {
    nested_too_deeply = nested_too_deeply || depth > kNestingMax;
    return depth <= kNestingMax;
  };
  const ordered_json object = ordered_json::parse(text, keep, /*allow_exceptions=*/false);
  if (nested_too_deeply) return NoReceipt("it is nested too deeply");
  if (!object.is_object()) return NoReceipt("it is no JSON object");
  ReadReceipt read;
  std::string& statement = *read.receipt.mutable_statement();
  if (!absl::Base64Unescape(Text(object, "statement"), &statement) || statement.empty() ||
      !read.statement.ParseFromString(statement)) {
    return NoReceipt("\"statement\" cannot be read");
  }
  std::string& signature = *read.receipt.mutable_signature();
  if (!absl::Base64Unescape(Text(object, "signature"), &signature) ||
      signature.size() != kSignatureSize) {
    return NoReceipt("\"signature\" is no signature");
  }
  const std::string key_id = Text(object, "key_id");
  read.receipt.set_key_id(absl::HexStringToBytes(key_id));
  if (key_id.size() != 2 * kKeyIdSize ||
      absl::BytesToHexString(read.receipt.key_id()) != absl::AsciiStrToLower(key_id)) {
    return NoReceipt("\"key_id\" names no key");
  }
  const auto about = object.find("about");
  read.about_agrees = about == object.end() ||
                      nlohmann::json(*about) == nlohmann::json(DescribeStatement(read.statement));
  return read;
}

}  // namespace smartcontacts::client
