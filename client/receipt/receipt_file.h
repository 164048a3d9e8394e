// Receipts of erasure as files: JSON, of which only "statement", "signature" and "key_id" count.
//
//   {
//     "statement": base64 of the bytes that were signed,
//     "signature": base64,
//     "key_id": hexadecimal,
//     "about": what the statement says, for people
//   }

#ifndef SMART_CONTACTS_CLIENT_RECEIPT_RECEIPT_FILE_H_
#define SMART_CONTACTS_CLIENT_RECEIPT_RECEIPT_FILE_H_

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "smartcontacts/v1/receipt.pb.h"

namespace smartcontacts::client {

inline constexpr std::size_t kReceiptSizeMax = 64 * 1024;

// INTERNAL if the service's receipt has a statement that cannot be read.
absl::StatusOr<nlohmann::ordered_json> ReceiptToJson(const v1::Receipt& receipt);

// What a statement says, as in "about".
nlohmann::ordered_json DescribeStatement(const v1::ReceiptStatement& statement);

struct ReadReceipt {
  v1::Receipt receipt;
  v1::ReceiptStatement statement;  // decoded from the bytes that were signed
  // False: "about" says something that was not signed.
  bool about_agrees = true;
};

// INVALID_ARGUMENT, saying what is wrong, for what is no receipt. Says nothing about the signature,
// which the service checks.
absl::StatusOr<ReadReceipt> ParseReceipt(const std::string& text);

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_RECEIPT_RECEIPT_FILE_H_
