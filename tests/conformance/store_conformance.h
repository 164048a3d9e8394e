// What every storage backend must hold. A backend runs the whole suite by naming its factory:
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(&MakeSqliteBackend));
//   INSTANTIATE_TEST_SUITE_P(Sqlite, DirectoryConformance, testing::Values(&MakeSqliteBackend));
//   INSTANTIATE_TEST_SUITE_P(Sqlite, AddressBookConformance, testing::Values(&MakeSqliteBackend));
//   INSTANTIATE_TEST_SUITE_P(Sqlite, AuditConformance, testing::Values(&MakeSqliteBackend));
//
// and so on, one for each class in tests/conformance/.

#ifndef SMART_CONTACTS_TESTS_CONFORMANCE_STORE_CONFORMANCE_H_
#define SMART_CONTACTS_TESTS_CONFORMANCE_STORE_CONFORMANCE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "storage/key_store.h"
#include "storage/store.h"

namespace smartcontacts::storage {

// An empty database and key store, gone with the object.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual Store& store() = 0;
  virtual KeyStore& key_store() = 0;
  // What the key store was made with: the text of a master key of version 1.
  virtual const std::string& master_key() const = 0;
  // Closes and opens both, as a restart of the server does.
  virtual void Reopen() = 0;
};

using BackendFactory = std::unique_ptr<Backend> (*)();

class StoreConformance : public testing::TestWithParam<BackendFactory> {
 protected:
  StoreConformance() : backend_(GetParam()()) {}
  Store& store() { return backend_->store(); }

  const std::unique_ptr<Backend> backend_;
};

}  // namespace smartcontacts::storage

#endif  // SMART_CONTACTS_TESTS_CONFORMANCE_STORE_CONFORMANCE_H_
