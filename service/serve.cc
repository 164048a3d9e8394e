#include "service/serve.h"

#include <signal.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/secret_file.h"
#include "crypto/master_key.h"
#include "crypto/secret.h"
#include "domain/status_macros.h"
#include "service/auth/admin_credential.h"
#include "service/auth/authenticator.h"
#include "service/databases.h"
#include "service/dev_setup.h"
#include "service/matching/tenant_cache.h"
#include "service/quota/match_quota_keeper.h"
#include "service/replication/follower.h"
#include "service/rpc/admin/admin_door.h"
#include "service/rpc/admin/directory_handlers.h"
#include "service/rpc/admin/tenant_handlers.h"
#include "service/rpc/app_door.h"
#include "service/rpc/listener.h"
#include "service/rpc/match_handlers.h"
#include "service/rpc/policy_handlers.h"
#include "service/rpc/worker_pool.h"
#include "service/telemetry/metrics.h"
#include "service/tls.h"

namespace smartcontacts::service {
namespace {

constexpr std::size_t kWorkersPerPort = 8;
constexpr std::size_t kWorkersQueueMax = 256;

// SIGTERM and SIGINT, kept from every thread that starts later and waited for by this one.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  // Waits for one. Another one, later, ends the process at once.
  const char* Wait() {
    int signal = 0;
    sigwait(&signals_, &signal);
    pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
    return signal == SIGTERM ? "SIGTERM" : "SIGINT";
  }

 private:
  sigset_t signals_{};
};

absl::StatusOr<crypto::MasterKey> ReadMasterKey(const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, cli::ReadSecretFile(path));
  absl::StatusOr<crypto::MasterKey> key = crypto::MasterKey::Parse(text);
  crypto::Wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  if (!key.ok())
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", key.status().message()));
  return key;
}

std::shared_ptr<grpc::ServerCredentials> CredentialsFor(const ServeConfig& config, bool plaintext) {
  return plaintext ? grpc::InsecureServerCredentials()
                   : TlsCredentials(config.tls_cert_file, config.tls_key_file);
}

// Null if there is no address.
absl::StatusOr<std::unique_ptr<Metrics>> ServeMetrics(const std::string& address,
                                                      const Freshness& freshness) {
  if (address.empty()) return nullptr;
  ASSIGN_OR_RETURN(std::unique_ptr<Metrics> metrics, Metrics::Serve(address));
  metrics->AddGauge("smart_contacts_fresh",
                    "1 while what is in memory is known to be the database's, 0 when changes may "
                    "have been missed for longer than --freshness-bound-s",
                    [&freshness] { return freshness.Fresh() ? 1 : 0; });
  metrics->AddGauge("smart_contacts_confirmation_age_seconds",
                    "Seconds since what is in memory was last known to be the database's",
                    [&freshness] { return absl::ToDoubleSeconds(freshness.Age()); });
  return metrics;
}

}  // namespace

absl::Status Serve(const ServeConfig& config, const Log& log) {
  StopSignals stop_signals;
  crypto::InitializeOrDie();
  InitializeRpc();
  if (config.dev) {
    RETURN_IF_ERROR(MakePrivateDirectory(config.data_directory));
    RETURN_IF_ERROR(PrepareDevMode(config, log));
  } else {
    RETURN_IF_ERROR(CheckCertificate(config.tls_cert_file, config.tls_key_file));
  }
  const Clock clock = [] { return absl::Now(); };

  ASSIGN_OR_RETURN(const auto authenticator, Authenticator::Create(config.jwt, clock, log));
  ASSIGN_OR_RETURN(const auto admin_credential,
                   AdminCredential::Load(config.admin_token_file, clock, log));
  ASSIGN_OR_RETURN(crypto::MasterKey master_key, ReadMasterKey(config.master_key_file));
  ASSIGN_OR_RETURN(const auto databases, Databases::Open(config.databases, std::move(master_key)));
  storage::Store& store = databases->store();

  Freshness freshness(absl::Seconds(config.freshness_bound_s), config.match_when_stale);
  ASSIGN_OR_RETURN(const std::unique_ptr<Metrics> metrics,
                   ServeMetrics(config.metrics_listen, freshness));
  TenantCache tenants(store, clock, log,
                      static_cast<std::size_t>(config.directory_memory_mib) << 20);
  MatchQuotaKeeper quota(static_cast<std::size_t>(config.quota_accounts_max));
  WorkerPool app_workers(kWorkersPerPort, kWorkersQueueMax);
  WorkerPool admin_workers(kWorkersPerPort, kWorkersQueueMax);

  const AppDoor app_door(*authenticator, tenants, freshness, app_workers, log);
  PolicyServiceHandlers policy(app_door);
  MatchServiceHandlers match({app_door, quota, clock});

  const AdminDoor admin_door(*admin_credential, admin_workers, log);
  TenantServiceHandlers tenant(admin_door, store, tenants, clock);
  EpochServiceHandlers epoch(admin_door, store, tenants, clock);
  DirectoryServiceHandlers directory({admin_door, store, tenants, clock, config.subscribers_max});

  ASSIGN_OR_RETURN(
      const auto admin_listener,
      Listener::Start(config.admin_listen, CredentialsFor(config, IsLoopback(config.admin_listen)),
                      {&tenant, &epoch, &directory}));
  ASSIGN_OR_RETURN(
      const auto app_listener,
      Listener::Start(config.listen, CredentialsFor(config, config.dev), {&policy, &match}));
  log.Info("serving", {{"version", SMART_CONTACTS_VERSION},
                       {"listen", app_listener->address()},
                       {"admin_listen", admin_listener->address()},
                       {"metrics_listen", metrics ? metrics->address() : ""},
                       {"database", DescribeDatabase(config.databases.data)}});
  Follower follower({store, tenants, freshness, log,
                     [&] { app_listener->SetHealth(freshness.MayAnswer(), freshness.Fresh()); }});
  const auto change_listener = Databases::Listen(config.databases, [&](const absl::Status& status) {
    if (status.ok()) return follower.Wake();
    log.Warning("does not hear of changes at once, but every second: LISTEN ended",
                {{"error", std::string(status.message())}});
  });

  const char* const signal = stop_signals.Wait();
  log.Info("draining", {{"signal", signal}, {"timeout_s", config.drain_timeout_s}});
  const absl::Time deadline = absl::Now() + absl::Seconds(config.drain_timeout_s);
  std::thread admin_drain([&] { admin_listener->Drain(deadline); });
  app_listener->Drain(deadline);
  admin_drain.join();
  log.Info("stopped");
  return absl::OkStatus();
}

}  // namespace smartcontacts::service
