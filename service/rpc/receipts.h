// Receipts: what the service signs when data was erased.

#ifndef SMART_CONTACTS_SERVICE_RPC_RECEIPTS_H_
#define SMART_CONTACTS_SERVICE_RPC_RECEIPTS_H_

#include "crypto/signing.h"
#include "smartcontacts/v1/receipt.pb.h"

namespace smartcontacts::service {

// Gives the statement a receipt_id of its own and signs it.
v1::Receipt SignReceipt(const crypto::Signer& signer, v1::ReceiptStatement statement);

// Whether the signature is `signer`'s, covers the statement, and `key_id` names its key.
bool VerifyReceipt(const crypto::Signer& signer, const v1::Receipt& receipt);

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_RPC_RECEIPTS_H_
