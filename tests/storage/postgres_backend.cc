#include <atomic>

#include "absl/strings/str_cat.h"
#include "crypto/master_key.h"
#include "storage/key_ring.h"
#include "storage/postgres/connection_options.h"
#include "storage/postgres/postgres_store.h"
#include "storage/postgres/schema.h"
#include "tests/conformance/address_book_conformance.h"
#include "tests/conformance/audit_conformance.h"
#include "tests/conformance/sealed_directory_conformance.h"
#include "tests/conformance/sync_property.h"
#include "tests/pgbouncer.h"
#include "tests/postgres_server.h"

namespace smartcontacts::storage {
namespace {

// One for all tests: each has databases of its own.
const PostgresServer& Server() {
  static const PostgresServer server({"fsync=off"});
  return server;
}

const PgBouncer& Pooler() {
  static const PgBouncer pooler(Server());
  return pooler;
}

class PostgresBackend final : public Backend {
 public:
  // `port`: of a pooler, 0 for none.
  explicit PostgresBackend(int port) : port_(port) {
    static std::atomic<int> count{0};
    name_ = absl::StrCat("test_", ++count);
    crypto::InitializeOrDie();
    master_key_ = crypto::MasterKey::GenerateText();
    Server().CreateMigrated(name_);
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
  std::unique_ptr<PostgresDatabase> Connect(const std::string& name, const Schema& schema) const {
    return std::make_unique<PostgresDatabase>(DatabaseOptions{
        .connection =
            *CompleteConnectionOptions(Server().Uri(name, PostgresServer::kService, port_)),
        .schema = schema.name});
  }

  void Open() {
    data_ = Connect(name_, DataSchema());
    key_data_ = Connect(absl::StrCat(name_, "_keys"), KeySchema());
    auto key_store = OpenPostgresKeyStore(*key_data_);
    ASSERT_TRUE(key_store.ok()) << key_store.status();
    key_store_ = *std::move(key_store);
    auto keys = KeyRing::Open(*crypto::MasterKey::Parse(master_key_), *key_store_);
    ASSERT_TRUE(keys.ok()) << keys.status();
    keys_ = *std::move(keys);
    auto store = OpenPostgresStore(*data_, *keys_);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  const int port_;
  std::string name_;
  std::string master_key_;
  std::unique_ptr<PostgresDatabase> data_;
  std::unique_ptr<PostgresDatabase> key_data_;
  std::unique_ptr<KeyStore> key_store_;
  std::unique_ptr<KeyRing> keys_;
  std::unique_ptr<Store> store_;
};

std::unique_ptr<Backend> MakePostgresBackend() { return std::make_unique<PostgresBackend>(0); }
std::unique_ptr<Backend> MakePooledBackend() {
  return std::make_unique<PostgresBackend>(Pooler().port());
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Postgres, StoreConformance, testing::Values(&MakePostgresBackend));
INSTANTIATE_TEST_SUITE_P(Postgres, DirectoryConformance, testing::Values(&MakePostgresBackend));
INSTANTIATE_TEST_SUITE_P(Postgres, AddressBookConformance, testing::Values(&MakePostgresBackend));
INSTANTIATE_TEST_SUITE_P(Postgres, AuditConformance, testing::Values(&MakePostgresBackend));
INSTANTIATE_TEST_SUITE_P(Postgres, SealedDirectoryConformance,
                         testing::Values(&MakePostgresBackend));
INSTANTIATE_TEST_SUITE_P(Postgres, SyncProperty, testing::Values(&MakePostgresBackend));
// Transaction pooling: nothing may be left on a connection, nothing expected there.
INSTANTIATE_TEST_SUITE_P(PgBouncer, StoreConformance, testing::Values(&MakePooledBackend));
INSTANTIATE_TEST_SUITE_P(PgBouncer, DirectoryConformance, testing::Values(&MakePooledBackend));
INSTANTIATE_TEST_SUITE_P(PgBouncer, AddressBookConformance, testing::Values(&MakePooledBackend));
INSTANTIATE_TEST_SUITE_P(PgBouncer, AuditConformance, testing::Values(&MakePooledBackend));
INSTANTIATE_TEST_SUITE_P(PgBouncer, SealedDirectoryConformance,
                         testing::Values(&MakePooledBackend));

}  // namespace smartcontacts::storage
