#include "service/serve.h"

#include <signal.h>
#include <time.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/secret_file.h"
#include "crypto/master_key.h"
#include "crypto/secret.h"
#include "domain/mutex.h"
#include "domain/status_macros.h"
#include "service/admin_side.h"
#include "service/app_side.h"
#include "service/auth/admin_credential.h"
#include "service/auth/authenticator.h"
#include "service/background/pace.h"
#include "service/databases.h"
#include "service/dev_setup.h"
#include "service/file_watch.h"
#include "service/matching/tenant_cache.h"
#include "service/private_match/directory_sealer.h"
#include "service/process_limits.h"
#include "service/readiness.h"
#include "service/replication/follower.h"
#include "service/retention/sweeper.h"
#include "service/rpc/listener.h"
#include "service/server_metrics.h"
#include "service/telemetry/metrics.h"
#include "service/tls.h"

namespace smartcontacts::service {
namespace {

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

// Time since the system's start, which nobody can set; also goes on while the system sleeps.
absl::Duration TimeSinceBoot() {
  timespec time{};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return absl::DurationFromTimespec(time);
}

// What of the files in `config` nobody reads again when it is used.
// `certificate` is null in development mode.
std::vector<FileWatch::File> FilesToWatch(const ServeConfig& config, storage::KeyRing& keys,
                                          const std::shared_ptr<ServedCertificate>& certificate) {
  std::vector<FileWatch::File> files;
  files.push_back({config.master_key_file, "master_key", "the master key",
                   [&keys](const std::string& text) -> absl::Status {
                     ASSIGN_OR_RETURN(crypto::MasterKey master_key, crypto::MasterKey::Parse(text));
                     return keys.ReplaceMasterKey(std::move(master_key));
                   }});
  if (certificate == nullptr) return files;
  const auto reload = [certificate](const std::string&) { return certificate->Reload(); };
  files.push_back({config.tls_cert_file, "tls", "the certificate", reload});
  files.push_back({config.tls_key_file, "tls", "the certificate's private key", reload});
  return files;
}

absl::StatusOr<crypto::MasterKey> ReadMasterKey(const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, cli::ReadSecretFile(path));
  absl::StatusOr<crypto::MasterKey> key = crypto::MasterKey::Parse(text);
  crypto::Wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  if (!key.ok())
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", key.status().message()));
  return key;
}

std::shared_ptr<grpc::ServerCredentials> CredentialsFor(
    const std::shared_ptr<ServedCertificate>& certificate, bool plaintext) {
  return plaintext ? grpc::InsecureServerCredentials() : TlsCredentials(certificate);
}

SweepContext SweepOf(const ServeConfig& config, storage::Store& store, Pace& pace,
                     const Clock& clock, const Log& log) {
  return {.tenants = store,
          .epochs = store,
          .books = store,
          .leases = store,
          .pace = pace,
          .log = log,
          .clock = clock,
          .running_clock = TimeSinceBoot,
          .interval = absl::Seconds(config.sweep_interval_s),
          .retention_max = RetentionMax(config)};
}

MetricSources SourcesOf(const ServeConfig& config, const CallMeter& calls,
                        const Authenticator& authenticator, const AdminCredential& credential,
                        const FileWatch& files, const Databases& databases,
                        const Freshness& freshness, const Readiness& readiness,
                        TenantCache& tenants, const DirectorySealer& sealer, const Sweeper& sweeper,
                        const AdminSide& admin, const AppSide& app) {
  auto workers = app.workers();
  for (const auto& pool : admin.workers()) workers.push_back(pool);
  return {.ready = [&readiness] { return readiness.Check(); },
          .calls = calls,
          .match_sizes = app.match_sizes(),
          .quota = app.quota(),
          .workers = std::move(workers),
          .slots = app.slots(),
          .freshness = freshness,
          .tenants = tenants,
          .databases = {{"data", &databases.data_counters()}, {"keys", &databases.key_counters()}},
          .watches = app.hub(),
          .sweep = sweeper.sweep(),
          .purges = admin.purges(),
          .sealer = sealer,
          .evaluator = app.evaluator(),
          .files_refused = {{"jwks", [&authenticator] { return authenticator.file_refused(); }},
                            {"admin_token", [&credential] { return credential.file_refused(); }},
                            {"master_key", [&files] { return files.refused("master_key"); }},
                            {"tls", [&files] { return files.refused("tls"); }}},
          .tls_cert_file = config.dev ? "" : config.tls_cert_file};
}

}  // namespace

absl::Status Serve(const ServeConfig& config, const Log& log) {
  AllowOpenFiles();
  StopSignals stop_signals;
  InitializeRpc();
  std::shared_ptr<ServedCertificate> certificate;
  if (config.dev) {
    RETURN_IF_ERROR(MakePrivateDirectory(config.data_directory));
    RETURN_IF_ERROR(PrepareDevMode(config, log));
  } else {
    ASSIGN_OR_RETURN(certificate,
                     ServedCertificate::Load(config.tls_cert_file, config.tls_key_file));
  }
  const Clock clock = [] { return absl::Now(); };

  ASSIGN_OR_RETURN(const auto authenticator, Authenticator::Create(config.jwt, clock, log));
  ASSIGN_OR_RETURN(const auto admin_credential,
                   AdminCredential::Load(config.admin_token_file, clock, log));
  ASSIGN_OR_RETURN(crypto::MasterKey master_key, ReadMasterKey(config.master_key_file));
  ASSIGN_OR_RETURN(const auto databases, Databases::Open(config.databases, std::move(master_key)));
  storage::Store& store = databases->store();

  Freshness freshness(absl::Seconds(config.freshness_bound_s), config.match_when_stale);
  Readiness readiness(freshness);
  TenantCache tenants(store, clock, log, DirectoryBytesMax(config));
  DirectorySealer sealer({store, databases->keys(), log, clock}, tenants);
  Pace pace;
  Sweeper sweeper(SweepOf(config, store, pace, clock, log));
  AdminSide admin(config, *admin_credential, *databases, tenants, sealer, pace, sweeper, clock,
                  log);
  AppSide app(config, *authenticator, *databases, tenants, sealer, freshness, clock, log);

  const FileWatch file_watch(FilesToWatch(config, databases->keys(), certificate), clock, log);
  CallMeter calls;
  ASSIGN_OR_RETURN(const auto admin_listener,
                   Listener::Start(config.admin_listen,
                                   CredentialsFor(certificate, IsLoopback(config.admin_listen)),
                                   admin.services(), calls));
  ASSIGN_OR_RETURN(const auto app_listener,
                   Listener::Start(config.listen, CredentialsFor(certificate, config.dev),
                                   app.services(), calls));
  std::unique_ptr<Listener> health_listener;
  if (!config.health_listen.empty()) {
    ASSIGN_OR_RETURN(
        health_listener,
        Listener::Start(config.health_listen, grpc::InsecureServerCredentials(), {}, calls));
  }
  Metrics metrics;
  if (!config.metrics_listen.empty()) {
    const MetricSources sources =
        SourcesOf(config, calls, *authenticator, *admin_credential, file_watch, *databases,
                  freshness, readiness, tenants, sealer, sweeper, admin, app);
    AddServerMetrics(metrics, sources);
    RETURN_IF_ERROR(metrics.Serve(config.metrics_listen, sources.ready));
  }
  Mutex telling;  // the follower's thread does so, and in the end this one
  const auto tell_health = [&] {
    MutexLock lock(telling);
    for (Listener* const listener : {app_listener.get(), health_listener.get()}) {
      if (listener != nullptr) listener->SetHealth(readiness.Check().ok(), freshness.Fresh());
    }
  };
  log.Info("serving", {{"version", SMART_CONTACTS_VERSION},
                       {"listen", app_listener->address()},
                       {"admin_listen", admin_listener->address()},
                       {"metrics_listen", metrics.address()},
                       {"health_listen", health_listener ? health_listener->address() : ""},
                       {"database", DescribeDatabase(config.databases.data)}});
  Follower follower({store, databases->keys(), tenants, freshness, log, tell_health});
  const auto change_listener = Databases::Listen(config.databases, [&](const absl::Status& status) {
    if (status.ok()) return follower.Wake();
    log.Warning("does not hear of changes at once, but every second: LISTEN ended",
                {{"error", std::string(status.message())}});
  });

  const char* const signal = stop_signals.Wait();
  log.Info("draining", {{"signal", signal}, {"timeout_s", config.drain_timeout_s}});
  readiness.BeginDraining();
  tell_health();
  const absl::Time deadline = absl::Now() + absl::Seconds(config.drain_timeout_s);
  std::thread admin_drain([&] { admin_listener->Drain(deadline); });
  app.EndWatches();
  app_listener->Drain(deadline);
  admin_drain.join();
  if (health_listener != nullptr) health_listener->Drain(absl::Now());
  log.Info("stopped");
  return absl::OkStatus();
}

}  // namespace smartcontacts::service
