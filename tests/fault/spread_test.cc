// Tenants spread over replicas by a real proxy's consistent hashing, as docs/scaling.md has it.

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/fault/fault_test.h"
#include "tests/fault/nginx.h"

namespace smartcontacts::integration {
namespace {

constexpr int kTenants = 12;

std::string TenantName(int number) { return absl::StrCat("t", number); }

// A proxy that hashes the host name of a call over servers.
class Proxy {
 public:
  explicit Proxy(const std::vector<std::string>& addresses)
      : nginx_(absl::StrCat("hash $host consistent; server ",
                            absl::StrJoin(addresses, " max_fails=1 fail_timeout=60s; server "),
                            " max_fails=1 fail_timeout=60s;")) {}

  // A channel whose calls are of the host "TENANT.contacts.example".
  std::shared_ptr<grpc::Channel> ChannelOf(const std::string& tenant) const {
    grpc::ChannelArguments arguments;
    arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, tenant + ".contacts.example");
    return grpc::CreateCustomChannel(nginx_.address(), grpc::InsecureChannelCredentials(),
                                     arguments);
  }
  std::string Errors() const { return nginx_.Errors(); }

 private:
  const Nginx nginx_;
};

class Spread : public FaultTest {
 protected:
  Spread() : first_(MakeServer()), second_(MakeServer(first_.get())) {
    first_->StartServer();
    second_->StartServer();
    for (int i = 0; i < kTenants; ++i) {
      first_->CreateTenant(TenantName(i));
      first_->Upsert(TenantName(i), "101", {kNumber});
    }
    // One that is no server, only the view that apps have through the proxy.
    view_ = MakeServer(first_.get());
  }

  // Matches as an app of the tenant, once the proxy lets it.
  void ExpectMatches(const Proxy& proxy, const std::string& tenant) {
    view_->app_ = proxy.ChannelOf(tenant);
    ASSERT_TRUE(
        view_->app_->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10)))
        << proxy.Errors();
    const std::string token = view_->Token(tenant, "102");
    EXPECT_EQ(view_->MatchesOf(token, {kNumber}).size(), 1U) << proxy.Errors();
  }
  static bool Loaded(Server& server, const std::string& tenant) {
    return server.server_->Err().find(
               absl::StrCat("\"tenant loaded\",\"tenant\":\"", tenant, "\"")) != std::string::npos;
  }

  const std::unique_ptr<Server> first_;
  const std::unique_ptr<Server> second_;
  std::unique_ptr<Server> view_;
};

TEST_F(Spread, EachTenantIsInTheMemoryOfOneReplica) {
  const Proxy proxy({first_->app_address_, second_->app_address_});
  int on_first = 0;
  int on_second = 0;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < kTenants; ++i) ExpectMatches(proxy, TenantName(i));
  }
  for (int i = 0; i < kTenants; ++i) {
    EXPECT_NE(Loaded(*first_, TenantName(i)), Loaded(*second_, TenantName(i))) << TenantName(i);
    on_first += Loaded(*first_, TenantName(i)) ? 1 : 0;
    on_second += Loaded(*second_, TenantName(i)) ? 1 : 0;
  }
  EXPECT_GT(on_first, 0);
  EXPECT_GT(on_second, 0);

  // One goes away: the other takes its tenants, and keeps its own.
  EXPECT_EQ(first_->StopServer().exit_code, 0);
  for (int i = 0; i < kTenants; ++i) {
    ExpectMatches(proxy, TenantName(i));
    EXPECT_TRUE(Loaded(*second_, TenantName(i))) << TenantName(i);
  }
}

}  // namespace
}  // namespace smartcontacts::integration
