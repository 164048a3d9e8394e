// Two empty tenants, short ways to read their audit logs and to retain contacts, and to fill a
// tenant with something of every kind.

#ifndef SMART_CONTACTS_TESTS_CONFORMANCE_AUDIT_CONFORMANCE_H_
#define SMART_CONTACTS_TESTS_CONFORMANCE_AUDIT_CONFORMANCE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/conformance/directory_conformance.h"

namespace smartcontacts::storage {

class AuditConformance : public DirectoryConformance {
 protected:
  std::vector<AuditEntry> Log() { return Log(kAcme); }
  std::vector<AuditEntry> Log(const TenantId& id) {
    const auto entries = store().ListAuditEntries(id, 0, 10'000);
    EXPECT_TRUE(entries.ok()) << entries.status();
    return entries.value_or(std::vector<AuditEntry>());
  }
  AuditEntry Last() {
    const std::vector<AuditEntry> entries = Log();
    EXPECT_FALSE(entries.empty());
    return entries.empty() ? AuditEntry{} : entries.back();
  }
  // How many entries the log has, all of them as they were written.
  std::int64_t VerifiedCount() { return VerifiedCount(kAcme); }
  std::int64_t VerifiedCount(const TenantId& id) {
    const auto verdict = store().VerifyAuditChain(id);
    EXPECT_TRUE(verdict.ok()) << verdict.status();
    if (!verdict.ok()) return -1;
    EXPECT_EQ(verdict->first_invalid_sequence, 0);
    return verdict->entry_count;
  }

  static crypto::Digest DigestOf(std::uint8_t byte) {
    crypto::Digest digest{};
    digest.bytes.fill(byte);
    return digest;
  }
  // The first sync of a person's phone.
  void Retain(int person, std::vector<crypto::Digest> digests) {
    Retain(person, std::move(digests), kAcme);
  }
  void Retain(int person, std::vector<crypto::Digest> digests, const TenantId& id) {
    const auto outcome = store().SyncBook(
        id,
        {.account = fixtures::AorOf(person, id.value()),
         .device = *DeviceId::Parse("phone"),
         .sync_id = {{static_cast<std::uint8_t>(person)}},
         .consent = Consent{.privacy_policy_version = "1", .agree_time = fixtures::kNow},
         .epoch = 1,
         .added = std::move(digests)},
        {.privacy_policy_version = "1", .contacts_max = 1000, .devices_max = 5}, fixtures::kNow);
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    ASSERT_EQ(outcome->refusal, std::nullopt);
  }

  // A sealed directory of two subscribers, one of which went.
  void Seal(const TenantId& id) {
    ASSERT_TRUE(store().BeginSealing(id, 2, 0, 64).ok());
    SealedBatch batch{.epoch = 2, .label_size = 64, .complete = true};
    batch.subscribers = {{crypto::Tag{{1}}, {{crypto::Locator{{1}}, "a"}}},
                         {crypto::Tag{{2}}, {{crypto::Locator{{1}}, "b"}}}};
    ASSERT_TRUE(store().WriteSealed(id, batch).ok());
    batch.revision = 1;
    batch.subscribers = {{crypto::Tag{{2}}, {}}};
    ASSERT_TRUE(store().WriteSealed(id, batch).ok());
  }

  // Something of every kind: kFilled, an epoch before, the memory of a removal, and an import that
  // is under way.
  void Fill(const TenantId& id) {
    const std::string& name = id.value();
    Upsert({fixtures::Person(1, {491, 492}, name), fixtures::Person(2, {493, 494}, name),
            fixtures::Person(3, {}, name), fixtures::Person(4, {495}, name)},
           id);
    Retain(1, {DigestOf(1), DigestOf(2), DigestOf(3)}, id);
    Retain(2, {DigestOf(1), DigestOf(4)}, id);
    Retain(4, {DigestOf(1)}, id);
    const DirectoryChange removal = {.removals = {fixtures::AorOf(4, name)}};
    EXPECT_TRUE(store().Apply(id, removal, kNoLimit, fixtures::By(fixtures::kNow)).ok());
    EXPECT_TRUE(store()
                    .RotateEpoch(id, fixtures::Salt(2), absl::Hours(1),
                                 fixtures::By(fixtures::kNow), storage::kAnyEpoch)
                    .ok());
    auto import = store().BeginImport(id, {kNoLimit, true}, fixtures::By(fixtures::kNow));
    ASSERT_TRUE(import.ok()) << import.status();
    EXPECT_TRUE((*import)->Stage({{fixtures::Person(5, {496}, name)}}).ok());
    imports_.push_back(*std::move(import));
    Seal(id);
  }
  using Counts = std::map<std::string, std::int64_t>;
  // As CountTenant() has it. The contacts of person 4 are discarded and not erased yet.
  const Counts kFilled = {{"keys", 1},     {"subscribers", 3},       {"identifiers", 4},
                          {"consents", 2}, {"retained_contacts", 6}, {"sealed_entries", 2}};

  std::vector<std::unique_ptr<DirectoryImport>> imports_;
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_TESTS_CONFORMANCE_AUDIT_CONFORMANCE_H_
