#include <gmock/gmock.h>

#include "absl/strings/str_replace.h"
#include "crypto/master_key.h"
#include "storage/key_ring.h"
#include "tests/conformance/directory_conformance.h"
#include "tests/conformance/fixtures.h"

namespace smartcontacts::storage {
namespace {

using fixtures::AorOf;
using fixtures::By;
using fixtures::Id;
using fixtures::kNow;
using fixtures::NewTenant;
using fixtures::Person;
using fixtures::Salt;

constexpr OwnKey kOwnKeys[] = {OwnKey::kCheck, OwnKey::kService};

crypto::MasterKey Parse(const std::string& text) { return *crypto::MasterKey::Parse(text); }
// A new key of version 2.
std::string Second() {
  return absl::StrReplaceAll(crypto::MasterKey::GenerateText(), {{"1:", "2:"}});
}

TEST_P(StoreConformance, AKeyIsReplacedWhereThereIsOne) {
  KeyStore& keys = backend_->key_store();
  EXPECT_TRUE(absl::IsNotFound(keys.Replace(Id("acme"), {1, "first"}, {2, "second"})));
  EXPECT_TRUE(absl::IsNotFound(keys.Get(Id("acme")).status())) << "none was put";
  for (const char* name : {"acme", "globex"}) {
    ASSERT_TRUE(keys.PutIfAbsent(Id(name), {1, "first"}, kNow).ok());
  }
  EXPECT_TRUE(absl::IsNotFound(keys.Replace(Id("acme"), {1, "another"}, {2, "second"})))
      << "somebody else has replaced it";
  EXPECT_TRUE(keys.Replace(Id("acme"), {1, "first"}, {2, "second"}).ok());
  backend_->Reopen();
  EXPECT_EQ(backend_->key_store().Get(Id("acme"))->sealed, "second");
  EXPECT_EQ(backend_->key_store().Get(Id("acme"))->master_key_version, 2);
  EXPECT_EQ(backend_->key_store().Get(Id("globex"))->sealed, "first");
}

TEST_P(StoreConformance, AKeyIsDeletedForGood) {
  KeyStore& keys = backend_->key_store();
  EXPECT_FALSE(*keys.Delete(Id("acme")));
  for (const char* name : {"acme", "globex"}) {
    ASSERT_TRUE(keys.PutIfAbsent(Id(name), {1, "first"}, kNow).ok());
  }
  EXPECT_TRUE(*keys.Delete(Id("acme")));
  EXPECT_FALSE(*keys.Delete(Id("acme")));
  EXPECT_TRUE(absl::IsNotFound(keys.Get(Id("acme")).status()));
  backend_->Reopen();
  EXPECT_TRUE(absl::IsNotFound(backend_->key_store().Get(Id("acme")).status()));
  EXPECT_TRUE(backend_->key_store().Get(Id("globex")).ok());
  EXPECT_EQ(backend_->key_store().PutIfAbsent(Id("acme"), {2, "new"}, kNow)->sealed, "new");
}

TEST_P(StoreConformance, TheFirstOfTheServicesOwnKeysStaysUntilItIsReplaced) {
  for (const OwnKey which : kOwnKeys) {
    KeyStore& keys = backend_->key_store();
    const auto first = keys.GetOwn(which);
    ASSERT_TRUE(first.ok() && first->has_value()) << "the ring has made them";
    EXPECT_EQ(keys.PutOwnIfAbsent(which, {7, "other"})->sealed, (*first)->sealed);
    EXPECT_EQ((*keys.GetOwn(which))->master_key_version, 1);
  }
  EXPECT_TRUE(backend_->key_store().ReplaceOwn(OwnKey::kService, {2, "second"}).ok());
  EXPECT_EQ((*backend_->key_store().GetOwn(OwnKey::kService))->sealed, "second");
  EXPECT_EQ((*backend_->key_store().GetOwn(OwnKey::kService))->master_key_version, 2);
  EXPECT_NE((*backend_->key_store().GetOwn(OwnKey::kCheck))->sealed, "second");
}

TEST_P(StoreConformance, AKeyIsRewrappedForTheNewestMasterKey) {
  ASSERT_TRUE(store().CreateTenant(NewTenant("acme"), Salt(1), By(kNow)).ok());
  ASSERT_TRUE(store().Apply(Id("acme"), {.upserts = {Person(1, {491})}}, 10, By(kNow)).ok());
  KeyStore& keys = backend_->key_store();
  const std::string old_text = backend_->master_key();
  const std::string new_text = Second();
  const auto both = KeyRing::Open(Parse(old_text + "\n" + new_text), keys);
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_TRUE(*(*both)->Rewrap(Id("acme")));
  EXPECT_FALSE(*(*both)->Rewrap(Id("acme"))) << "has the newest version already";
  EXPECT_EQ(keys.Get(Id("acme"))->master_key_version, 2);
  EXPECT_TRUE(absl::IsNotFound((*both)->Rewrap(Id("nobody")).status()));

  EXPECT_FALSE(KeyRing::Open(Parse(new_text), keys).ok()) << "the service's own are of version 1";
  EXPECT_EQ(*(*both)->RewrapOwn(), 2);
  EXPECT_EQ(*(*both)->RewrapOwn(), 0);
  EXPECT_TRUE(absl::IsFailedPrecondition(KeyRing::Open(Parse(old_text), keys).status()));
  const auto renewed = KeyRing::Open(Parse(new_text), keys);
  ASSERT_TRUE(renewed.ok()) << renewed.status();
  const auto tenant_keys = (*renewed)->Get(Id("acme"));
  ASSERT_TRUE(tenant_keys.ok()) << tenant_keys.status();
  EXPECT_EQ((*tenant_keys)->aor_tagger("x"), (*(*both)->Get(Id("acme")))->aor_tagger("x"))
      << "the same key";
  EXPECT_EQ((*renewed)->service_keys().receipt_signer.public_key(),
            (*both)->service_keys().receipt_signer.public_key());
  EXPECT_TRUE(store().GetSubscriber(Id("acme"), AorOf(1)).ok()) << "who serves does not notice";
}

TEST_P(StoreConformance, AMasterKeyWithoutTheVersionDoesNotRewrap) {
  ASSERT_TRUE(store().CreateTenant(NewTenant("acme"), Salt(1), By(kNow)).ok());
  KeyStore& keys = backend_->key_store();
  const std::string new_text = Second();
  ASSERT_TRUE(
      (*KeyRing::Open(Parse(backend_->master_key() + "\n" + new_text), keys))->RewrapOwn().ok());
  const auto renewed = KeyRing::Open(Parse(new_text), keys);
  ASSERT_TRUE(renewed.ok()) << renewed.status();
  EXPECT_TRUE(absl::IsFailedPrecondition((*renewed)->Rewrap(Id("acme")).status()));
  EXPECT_EQ(keys.Get(Id("acme"))->master_key_version, 1);
}

TEST_P(StoreConformance, ADestroyedKeyOpensNothing) {
  ASSERT_TRUE(store().CreateTenant(NewTenant("acme"), Salt(1), By(kNow)).ok());
  ASSERT_TRUE(store().CreateTenant(NewTenant("globex"), Salt(1), By(kNow)).ok());
  const auto ring = KeyRing::Open(Parse(backend_->master_key()), backend_->key_store());
  ASSERT_TRUE(ring.ok()) << ring.status();
  ASSERT_TRUE((*ring)->Get(Id("acme")).ok());
  EXPECT_TRUE(*(*ring)->Has(Id("acme")));
  EXPECT_TRUE(*(*ring)->Destroy(Id("acme")));
  EXPECT_FALSE(*(*ring)->Destroy(Id("acme")));
  EXPECT_FALSE(*(*ring)->Has(Id("acme")));
  EXPECT_TRUE(absl::IsFailedPrecondition((*ring)->Get(Id("acme")).status())) << "not in memory";
  EXPECT_TRUE((*ring)->Get(Id("globex")).ok());
  backend_->Reopen();
  EXPECT_TRUE(absl::IsFailedPrecondition(store().ListEpochs(Id("acme")).status()));
  EXPECT_TRUE(store().ListEpochs(Id("globex")).ok());
}

}  // namespace
}  // namespace smartcontacts::storage
