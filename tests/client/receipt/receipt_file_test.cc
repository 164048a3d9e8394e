#include "client/receipt/receipt_file.h"

#include <gmock/gmock.h>

#include "absl/strings/escaping.h"

namespace smartcontacts::client {
namespace {

using nlohmann::ordered_json;
using testing::HasSubstr;

v1::Receipt SomeReceipt() {
  v1::ReceiptStatement statement;
  statement.set_tenant_id("acme");
  statement.set_aor("sip:101@acme.example");
  v1::ReceiptCount& count = *statement.add_counts();
  count.set_kind("consents");
  count.set_count(2);
  statement.mutable_finish_time()->set_seconds(1'800'000'000);
  statement.set_requested_by("operator");
  statement.set_receipt_id(std::string(16, '\x07'));
  v1::Receipt receipt;
  receipt.set_statement(statement.SerializeAsString());
  receipt.set_signature(std::string(64, '\xA5'));
  receipt.set_key_id(std::string(8, '\x3C'));
  return receipt;
}

TEST(ReceiptFileTest, WhatIsWrittenIsReadAgain) {
  const v1::Receipt receipt = SomeReceipt();
  const absl::StatusOr<ordered_json> json = ReceiptToJson(receipt);
  ASSERT_TRUE(json.ok());
  EXPECT_EQ((*json)["key_id"], "3c3c3c3c3c3c3c3c");
  EXPECT_EQ((*json)["about"]["aor"], "sip:101@acme.example");
  EXPECT_EQ((*json)["about"]["finish_time"], "2027-01-15T08:00:00Z");
  const absl::StatusOr<ReadReceipt> read = ParseReceipt(json->dump(2));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->receipt.SerializeAsString(), receipt.SerializeAsString());
  EXPECT_EQ(read->statement.counts(0).count(), 2);
  EXPECT_TRUE(read->about_agrees);
}

TEST(ReceiptFileTest, WhatWasNotSignedIsNoticedAndNotShown) {
  for (const auto& [member, lie] : std::vector<std::pair<const char*, ordered_json>>{
           {"aor", "sip:102@acme.example"}, {"counts", ordered_json::array()}, {"more", 1}}) {
    ordered_json json = *ReceiptToJson(SomeReceipt());
    json["about"][member] = lie;
    const absl::StatusOr<ReadReceipt> read = ParseReceipt(json.dump());
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_FALSE(read->about_agrees) << member;
    EXPECT_EQ(read->statement.aor(), "sip:101@acme.example");
  }
}

TEST(ReceiptFileTest, TheExplanationMayBeMissing) {
  ordered_json json = *ReceiptToJson(SomeReceipt());
  json.erase("about");
  EXPECT_TRUE(ParseReceipt(json.dump())->about_agrees);
}

TEST(ReceiptFileTest, WhatIsNoReceiptIsRefused) {
  for (const char* text : {"", "receipt", "[]", "{}", "{\"statement\": 7}"}) {
    EXPECT_THAT(std::string(ParseReceipt(text).status().message()), HasSubstr("no receipt"))
        << text;
  }
  for (const auto& [member, value] : std::vector<std::pair<const char*, ordered_json>>{
           {"statement", "!!!"},
           {"statement", absl::Base64Escape("\xFF\xFF\xFF")},
           {"signature", absl::Base64Escape("short")},
           {"signature", nullptr},
           {"key_id", "3c3c3c3c3c3c3c"},
           {"key_id", "no hexadecimal!!"}}) {
    ordered_json json = *ReceiptToJson(SomeReceipt());
    json[member] = value;
    EXPECT_EQ(ParseReceipt(json.dump()).status().code(), absl::StatusCode::kInvalidArgument)
        << member << " " << value;
  }
  EXPECT_FALSE(ParseReceipt(std::string(kReceiptSizeMax + 1, ' ')).ok());
}

// A file comes from anybody: whatever it nests, it must not use up the stack.
TEST(ReceiptFileTest, WhatIsNestedDeeplyIsRefused) {
  const std::string receipt = ReceiptToJson(SomeReceipt())->dump();
  const std::string begin = receipt.substr(0, receipt.find("\"about\":") + 8);
  const auto repeated = [](const std::string& text, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += text;
    return all;
  };
  for (const std::string& about :
       {repeated("[", 60'000), repeated("[", 30'000) + repeated("]", 30'000),
        repeated("{\"a\":", 10'000) + "1" + repeated("}", 10'000),
        repeated("[", 9) + repeated("]", 9)}) {
    const std::string text = begin + about + "}";
    ASSERT_LE(text.size(), kReceiptSizeMax);
    const absl::Status status = ParseReceipt(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("nested too deeply"));
  }
  // Up to the limit it is only not what was signed.
  const absl::StatusOr<ReadReceipt> read = ParseReceipt(begin + "[[[]]]}");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_FALSE(read->about_agrees);
}

}  // namespace
}  // namespace smartcontacts::client
