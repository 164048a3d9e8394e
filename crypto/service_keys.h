// The keys that are the service's own and no tenant's: they have to outlive every tenant, because
// they prove that one was purged. Safe for concurrent use.

#ifndef SMART_CONTACTS_CRYPTO_SERVICE_KEYS_H_
#define SMART_CONTACTS_CRYPTO_SERVICE_KEYS_H_

#include "crypto/sealing.h"
#include "crypto/secret.h"
#include "crypto/signing.h"

namespace smartcontacts::crypto {

class ServiceKeys {
 public:
  explicit ServiceKeys(const SecretKey& service_key)
      : receipt_signer(service_key.Derive("smart-contacts/service/receipt-signature/v1"),
                       SignaturePurpose::kReceipt),
        audit_chain(service_key.Derive("smart-contacts/service/audit-chain/v1")) {}

  // Signs receipts of erasure.
  const Signer receipt_signer;
  // Chains the entries of the audit log.
  const KeyedHash audit_chain;
};

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_SERVICE_KEYS_H_
