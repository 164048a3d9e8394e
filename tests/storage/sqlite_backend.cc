#include "crypto/master_key.h"
#include "storage/key_ring.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/conformance/address_book_conformance.h"
#include "tests/conformance/audit_conformance.h"
#include "tests/conformance/sealed_directory_conformance.h"
#include "tests/conformance/sync_property.h"
#include "tests/temporary_directory.h"

namespace smartcontacts::storage {
namespace {

class SqliteBackend final : public Backend {
 public:
  SqliteBackend() {
    crypto::InitializeOrDie();
    master_key_ = crypto::MasterKey::GenerateText();
    Open();
  }

  Store& store() override { return *store_; }
  KeyStore& key_store() override { return *key_store_; }
  const std::string& master_key() const override { return master_key_; }
  void Reopen() override {
    store_.reset();
    keys_.reset();
    key_store_.reset();
    Open();
  }

 private:
  void Open() {
    auto key_store = OpenSqliteKeyStore(directory_ / "keys.db");
    ASSERT_TRUE(key_store.ok()) << key_store.status();
    key_store_ = *std::move(key_store);
    auto keys = KeyRing::Open(*crypto::MasterKey::Parse(master_key_), *key_store_);
    ASSERT_TRUE(keys.ok()) << keys.status();
    keys_ = *std::move(keys);
    auto store = OpenSqliteStore(directory_ / "data.db", *keys_);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  const TemporaryDirectory directory_;
  std::string master_key_;
  std::unique_ptr<KeyStore> key_store_;
  std::unique_ptr<KeyRing> keys_;
  std::unique_ptr<Store> store_;
};

std::unique_ptr<Backend> MakeSqliteBackend() { return std::make_unique<SqliteBackend>(); }

}  // namespace

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(&MakeSqliteBackend));
INSTANTIATE_TEST_SUITE_P(Sqlite, DirectoryConformance, testing::Values(&MakeSqliteBackend));
INSTANTIATE_TEST_SUITE_P(Sqlite, AddressBookConformance, testing::Values(&MakeSqliteBackend));
INSTANTIATE_TEST_SUITE_P(Sqlite, AuditConformance, testing::Values(&MakeSqliteBackend));
INSTANTIATE_TEST_SUITE_P(Sqlite, SealedDirectoryConformance, testing::Values(&MakeSqliteBackend));
INSTANTIATE_TEST_SUITE_P(Sqlite, SyncProperty, testing::Values(&MakeSqliteBackend));

}  // namespace smartcontacts::storage
