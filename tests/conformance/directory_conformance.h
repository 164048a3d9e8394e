// Two empty tenants, and short ways to change and read their directories.

#ifndef SMART_CONTACTS_TESTS_CONFORMANCE_DIRECTORY_CONFORMANCE_H_
#define SMART_CONTACTS_TESTS_CONFORMANCE_DIRECTORY_CONFORMANCE_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/conformance/fixtures.h"
#include "tests/conformance/store_conformance.h"

namespace smartcontacts::storage {

inline constexpr std::int64_t kNoLimit = 1'000'000;

class DirectoryConformance : public StoreConformance {
 protected:
  const TenantId kAcme = fixtures::Id("acme");
  const TenantId kGlobex = fixtures::Id("globex");

  DirectoryConformance() {
    for (const char* name : {"acme", "globex"}) {
      EXPECT_TRUE(store()
                      .CreateTenant(fixtures::NewTenant(name), fixtures::Salt(1),
                                    fixtures::By(fixtures::kNow))
                      .ok());
    }
  }

  DirectoryCounts Upsert(std::vector<Subscriber> subscribers) {
    return Upsert(std::move(subscribers), kAcme);
  }
  DirectoryCounts Upsert(std::vector<Subscriber> subscribers, const TenantId& id) {
    const auto counts = store().Apply(id, {.upserts = std::move(subscribers)}, kNoLimit,
                                      fixtures::By(fixtures::kNow));
    EXPECT_TRUE(counts.ok()) << counts.status();
    return counts.value_or(DirectoryCounts{});
  }
  DirectoryCounts Remove(std::vector<Aor> aors, absl::Time now = fixtures::kNow) {
    const auto counts =
        store().Apply(kAcme, {.removals = std::move(aors)}, kNoLimit, fixtures::By(now));
    EXPECT_TRUE(counts.ok()) << counts.status();
    return counts.value_or(DirectoryCounts{});
  }

  struct Changes {
    std::int64_t revision = 0;
    std::map<std::string, DirectoryEntry> present;
    int removed = 0;
  };
  Changes Read(std::int64_t since_revision) { return Read(since_revision, kAcme); }
  Changes Read(std::int64_t since_revision, const TenantId& id) {
    Changes changes;
    const auto revision = store().ReadDirectory(id, since_revision, [&](DirectoryEntry entry) {
      if (!entry.subscriber.has_value()) {
        ++changes.removed;
        return;
      }
      EXPECT_EQ(entry.visible_revisions.size(), entry.subscriber->identifiers.size());
      const std::string aor = entry.subscriber->aor.value();
      EXPECT_TRUE(changes.present.emplace(aor, std::move(entry)).second) << "each once";
    });
    EXPECT_TRUE(revision.ok()) << revision.status();
    changes.revision = revision.value_or(-1);
    return changes;
  }
  // By address of record.
  std::vector<Subscriber> All() { return All(kAcme); }
  std::vector<Subscriber> All(const TenantId& id) {
    std::vector<Subscriber> all;
    for (const auto& [aor, entry] : Read(0, id).present) all.push_back(*entry.subscriber);
    return all;
  }

  std::unique_ptr<DirectoryImport> Begin(bool large_removal_allowed = false,
                                         std::int64_t subscribers_max = kNoLimit) {
    auto import = store().BeginImport(kAcme, {subscribers_max, large_removal_allowed},
                                      fixtures::By(fixtures::kNow));
    EXPECT_TRUE(import.ok()) << import.status();
    return *std::move(import);
  }
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_TESTS_CONFORMANCE_DIRECTORY_CONFORMANCE_H_
