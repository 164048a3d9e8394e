#include "service/rpc/receipts.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/types/span.h"
#include "crypto/secret.h"

namespace smartcontacts::service {
namespace {

constexpr std::size_t kReceiptIdSize = 16;

template <std::size_t kSize>
std::string Bytes(const std::array<std::uint8_t, kSize>& bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace

v1::Receipt SignReceipt(const crypto::Signer& signer, v1::ReceiptStatement statement) {
  std::array<std::uint8_t, kReceiptIdSize> id{};
  crypto::RandomBytes(absl::MakeSpan(id));
  statement.set_receipt_id(Bytes(id));
  v1::Receipt receipt;
  receipt.set_statement(statement.SerializeAsString());
  receipt.set_signature(Bytes(signer.Sign(receipt.statement())));
  receipt.set_key_id(Bytes(signer.key_id()));
  return receipt;
}

bool VerifyReceipt(const crypto::Signer& signer, const v1::Receipt& receipt) {
  return receipt.key_id() == Bytes(signer.key_id()) &&
         crypto::Signer::Verify(crypto::SignaturePurpose::kReceipt, receipt.statement(),
                                receipt.signature(), signer.public_key());
}

}  // namespace smartcontacts::service
