// The keys of one tenant, derived from its data key. Safe for concurrent use.

#ifndef SMART_CONTACTS_CRYPTO_TENANT_KEYS_H_
#define SMART_CONTACTS_CRYPTO_TENANT_KEYS_H_

#include "crypto/sealing.h"
#include "crypto/secret.h"
#include "crypto/signing.h"

namespace smartcontacts::crypto {

class TenantKeys {
 public:
  explicit TenantKeys(const SecretKey& data_key)
      : sealer(data_key.Derive("smart-contacts/tenant/seal/v1")),
        aor_tagger(data_key.Derive("smart-contacts/tenant/aor-tag/v1")),
        identifier_tagger(data_key.Derive("smart-contacts/tenant/identifier-tag/v1")),
        contact_tagger(data_key.Derive("smart-contacts/tenant/contact-tag/v1")),
        device_tagger(data_key.Derive("smart-contacts/tenant/device-tag/v1")),
        sync_tagger(data_key.Derive("smart-contacts/tenant/sync-tag/v1")),
        oprf_seed(data_key.Derive("smart-contacts/tenant/oprf/v1")),
        padding_key(data_key.Derive("smart-contacts/tenant/sealed-directory-padding/v1")),
        sealed_directory_signer(
            data_key.Derive("smart-contacts/tenant/sealed-directory-signature/v1"),
            SignaturePurpose::kSealedDirectory) {}

  // Seals addresses of record, identifiers and epoch salts at rest.
  const Sealer sealer;
  // Tags addresses of record (Aor::value()): how a subscriber is looked up.
  const Tagger aor_tagger;
  // Tags canonical identifiers (Identifier::value()).
  const Tagger identifier_tagger;
  // Tags digests of retained contacts, with their epoch.
  const Tagger contact_tagger;
  // Tags devices, with their account.
  const Tagger device_tagger;
  // Makes sync tokens, and tags what a sync consisted of.
  const Tagger sync_tagger;
  // Of the private mode. What the OPRF key of each epoch is derived from.
  const SecretKey oprf_seed;
  // What the padding of sealed directories is made with.
  const SecretKey padding_key;
  // Signs sealed directories; clients pin its public key.
  const Signer sealed_directory_signer;
};

}  // namespace smartcontacts::crypto

#endif  // SMART_CONTACTS_CRYPTO_TENANT_KEYS_H_
