#include "client/programs/admin/smoke_test_command.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stop_token>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/table.h"
#include "client/matching/book_matcher.h"
#include "client/matching/policy.h"
#include "client/programs/admin/commands.h"
#include "client/programs/admin/directory_importer.h"
#include "client/programs/admin/purger.h"
#include "client/programs/admin/token_minting.h"
#include "client/programs/signal_stop.h"
#include "crypto/secret.h"
#include "domain/names.h"
#include "smartcontacts/admin/v1/purge_service.grpc.pb.h"
#include "smartcontacts/admin/v1/tenant_service.grpc.pb.h"

namespace smartcontacts::client {
namespace {

constexpr absl::Duration kTokenLifetime = absl::Minutes(10);

// A replica hears of a new tenant within milliseconds, or asks every second.
constexpr absl::Duration kFollowTimeout = absl::Seconds(10);
constexpr absl::Duration kFollowPause = absl::Milliseconds(100);

// 202-555-01xx are numbers for fiction: nobody's.
constexpr char kCallerLine[] = "+1 202 555 0101,101";
constexpr char kCalleeLine[] = "+1 202 555 0102,102";
constexpr char kCalleeTyped[] = "(202) 555-0102";
constexpr char kCalleeExtension[] = "102";
constexpr char kBook[] =
    "Name,Phone\n"
    "Callee,(202) 555-0102\n"
    "Extension,102\n"
    "Nobody,(202) 555-0199\n";

struct SmokeTestCommand {
  AdminOptions admin;
  ConnectionOptions app;
  std::string signing_key_file;
  TokenOptions token;
};

bool IsOfTheConnection(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsUnimplemented(status) || absl::IsInvalidArgument(status);
}

// What to do about an error of the administrator's port.
const char* AdminAdvice(const absl::Status& status) {
  if (absl::IsUnauthenticated(status)) {
    return "--admin-token-file must have a token of the server's --admin-token-file";
  }
  if (IsOfTheConnection(status)) {
    return "--server must be the server's --admin-listen, as it is reached from here: on this "
           "machine in the clear, without --ca-file; elsewhere with TLS";
  }
  return "the server's log says more";
}

// What to do about an error of the apps' port.
const char* AppAdvice(const absl::Status& status) {
  if (absl::IsUnauthenticated(status)) {
    return "the public key of --signing-key-file must be in the server's --jwks-file, and the "
           "--jwt options must be the server's";
  }
  if (IsOfTheConnection(status)) {
    return "--app-server must be the server's --listen, as it is reached from here: with TLS (see "
           "--app-ca-file), or with --plaintext if the server runs with --dev";
  }
  if (ReasonOf(status) == "TENANT_UNKNOWN" || absl::IsNotFound(status)) {
    return "--app-server and --server must be of the same server, or of replicas on one database "
           "that follow each other";
  }
  return "the server's log says more";
}

// Whether the service may have done what it was asked to although it did not say so.
bool MayBeDone(const absl::Status& status) {
  return status.ok() || absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsCancelled(status) || absl::IsUnknown(status) || absl::IsInternal(status);
}

class SmokeTest {
 public:
  SmokeTest(SmokeTestCommand& command, std::stop_token stop)
      : command_(command), stop_(std::move(stop)) {}

  absl::Status Run() {
    absl::Status status = Check();
    if (made_) status = Join(status, Step("purge", AdminAdvice, [this] { return Remove(); }));
    if (command_.admin.output == Output::kJson) {
      const nlohmann::ordered_json document = {
          {"passed", status.ok()}, {"tenant", tenant_}, {"steps", steps_}};
      std::cout << document.dump(2) << "\n";
    } else if (status.ok()) {
      std::cout << "the smoke test passed\n";
    }
    return status;
  }

 private:
  using Advice = const char* (*)(const absl::Status&);

  // What was seen is printed at once. The error says which step it was and what to do.
  absl::Status Step(const char* name, Advice advice,
                    const std::function<absl::StatusOr<std::string>()>& run) {
    const absl::StatusOr<std::string> seen = run();
    const std::string text =
        cli::Printable(seen.ok() ? *seen : std::string(seen.status().message()));
    steps_.push_back({{"step", name}, {"passed", seen.ok()}, {"seen", text}});
    if (command_.admin.output == Output::kTable) {
      std::cout << (seen.ok() ? "ok      " : "FAILED  ") << name << (seen.ok() ? ": " + text : "")
                << std::endl;
    }
    if (seen.ok()) return absl::OkStatus();
    return {seen.status().code(),
            absl::StrCat("smoke-test: ", name, ": ", text, "; ", advice(seen.status()))};
  }

  // All but the purge, until something fails.
  absl::Status Check() {
    std::array<std::uint8_t, 8> random{};
    crypto::RandomBytes(absl::MakeSpan(random));
    tenant_ = absl::StrCat(
        "smoke-test-",
        absl::BytesToHexString({reinterpret_cast<const char*>(random.data()), random.size()}));
    domain_ = absl::StrCat(tenant_, ".invalid");
    struct {
      const char* name;
      Advice advice;
      absl::StatusOr<std::string> (SmokeTest::*run)();
    } const steps[] = {
        {"token", KeyAdvice, &SmokeTest::SignToken},
        {"tenant", AdminAdvice, &SmokeTest::MakeTenant},
        {"import", AdminAdvice, &SmokeTest::Import},
        {"policy", AppAdvice, &SmokeTest::AskForPolicy},
        {"match", AppAdvice, &SmokeTest::Match},
    };
    for (const auto& step : steps) {
      if (stop_.stop_requested()) return absl::CancelledError("smoke-test: it was interrupted");
      RETURN_IF_ERROR(Step(step.name, step.advice, [&] { return (this->*step.run)(); }));
    }
    return absl::OkStatus();
  }

  static const char* KeyAdvice(const absl::Status&) {
    return "--signing-key-file must be the private key that `token new-key` or your PBX made";
  }

  absl::StatusOr<std::string> SignToken() {
    ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse(tenant_));
    ASSIGN_OR_RETURN(const Aor caller, Aor::Parse(AorOf("101")));
    ASSIGN_OR_RETURN(command_.app.token, MintToken(command_.signing_key_file, command_.token,
                                                   tenant, caller, kTokenLifetime));
    return absl::StrCat("signed one of ", caller.value());
  }

  absl::StatusOr<std::string> MakeTenant() {
    ASSIGN_OR_RETURN(admin_, command_.admin.Connect());
    const auto stub = admin::v1::TenantService::NewStub(admin_->channel());
    // First something that changes nothing: most mistakes end here, with nothing to clean up.
    admin::v1::GetTenantRequest get;
    get.set_tenant_id(tenant_);
    admin::v1::GetTenantResponse got;
    const absl::Status free = ToStatus(stub->GetTenant(admin_->NewCall().get(), get, &got));
    if (ReasonOf(free) != "NOT_FOUND") {
      return free.ok() ? absl::InternalError("a tenant was there that was never made") : free;
    }
    admin::v1::CreateTenantRequest request;
    admin::v1::Tenant& tenant = *request.mutable_tenant();
    tenant.set_tenant_id(tenant_);
    tenant.add_sip_domains(domain_);
    v1::DialPlan& plan = *tenant.mutable_policy()->mutable_dial_plan();
    plan.set_default_region("US");
    plan.set_extension_pattern("1[0-9]{2}");
    plan.set_phone_context(domain_);
    admin::v1::CreateTenantResponse response;
    const absl::Status status =
        ToStatus(stub->CreateTenant(admin_->NewCall().get(), request, &response));
    made_ = MayBeDone(status);
    surely_made_ = status.ok();
    RETURN_IF_ERROR(status);
    return absl::StrCat("made ", tenant_);
  }

  absl::StatusOr<std::string> Import() {
    std::istringstream file(absl::StrCat("aor,numbers,extension,enabled,discoverable\n",
                                         AorOf("101"), ",", kCallerLine, ",true,true\n",
                                         AorOf("102"), ",", kCalleeLine, ",true,true\n"));
    ASSIGN_OR_RETURN(const ImportResult result, ImportDirectory(
                                                    *admin_, {.tenant = tenant_}, file,
                                                    [](const auto&) {}, [](std::int64_t) {}));
    if (!result.counts.has_value() || result.counts->added_count() != 2) {
      return absl::InternalError("two subscribers were not imported as two");
    }
    return "imported 2 subscribers";
  }

  absl::StatusOr<std::string> AskForPolicy() {
    command_.app.timeout = absl::Seconds(command_.admin.server.timeout_s);
    if (command_.app.ca_file.empty()) {
      command_.app.ca_file = command_.admin.server.connection.ca_file;
    }
    ASSIGN_OR_RETURN(app_, Connection::Open(command_.app));
    const absl::Time deadline = FollowDeadline();
    absl::StatusOr<v1::GetPolicyResponse> policy = FetchPolicy(*app_);
    while (ReasonOf(policy.status()) == "TENANT_UNKNOWN" && absl::Now() < deadline) {
      absl::SleepFor(kFollowPause);
      policy = FetchPolicy(*app_);
    }
    RETURN_IF_ERROR(policy.status());
    policy_ = *std::move(policy);
    return std::string("the app's port knows the tenant and takes the token");
  }

  absl::StatusOr<std::string> Match() {
    const std::map<std::string, std::string> expected = {{kCalleeTyped, AorOf("102")},
                                                         {kCalleeExtension, AorOf("102")}};
    const absl::Time deadline = FollowDeadline();
    for (;;) {
      std::map<std::string, std::string> found;
      std::istringstream book(kBook);
      RETURN_IF_ERROR(MatchBook(*app_, policy_, book, [&found](const FoundContact& contact) {
                        found[contact.typed] = contact.aor;
                      }).status());
      if (found == expected) break;
      if (found.size() >= expected.size()) {
        return absl::InternalError("others were found than those who have the numbers");
      }
      if (absl::Now() >= deadline) {
        return absl::NotFoundError(
            absl::StrCat(AorOf("102"), " was not found by its number and its extension"));
      }
      absl::SleepFor(kFollowPause);
    }
    return absl::StrCat(AorOf("102"),
                        " was found by its number and its extension; a number of nobody was not");
  }

  absl::StatusOr<std::string> Remove() {
    admin::v1::PurgeRequest request;
    request.set_tenant_id(tenant_);
    request.set_everything(true);
    absl::StatusOr<admin::v1::PurgeResponse> done = Purge(*admin_, request);
    // The server may be about to stop, and another one there shortly.
    const absl::Time deadline = absl::Now() + kFollowTimeout;
    while (absl::IsUnavailable(done.status()) && absl::Now() < deadline) {
      absl::SleepFor(kFollowPause);
      done = Purge(*admin_, request);
    }
    if (ReasonOf(done.status()) == "NOT_FOUND") {
      if (surely_made_) return "there is no tenant to remove";
      return absl::UnavailableError(
          absl::StrCat(tenant_,
                       " is not there now, but it is not known whether the server still "
                       "makes it: look for it later with `smart-contacts-admin tenant list`"));
    }
    if (!done.ok()) {
      return absl::Status(done.status().code(),
                          absl::StrCat(done.status().message(),
                                       "; the tenant may be left: remove it with "
                                       "`smart-contacts-admin purge --everything --tenant ",
                                       tenant_, "`"));
    }
    admin::v1::VerifyReceiptRequest verify;
    verify.mutable_receipt()->Swap(done->mutable_receipt());
    admin::v1::VerifyReceiptResponse response;
    RETURN_IF_ERROR(ToStatus(admin::v1::PurgeService::NewStub(admin_->channel())
                                 ->VerifyReceipt(admin_->NewCall().get(), verify, &response)));
    if (!response.valid()) return absl::InternalError("the receipt of the purge is not valid");
    return absl::StrCat("removed ", tenant_, "; the receipt is valid");
  }

  static absl::Status Join(const absl::Status& first, const absl::Status& second) {
    if (first.ok() || second.ok()) return first.ok() ? second : first;
    return {first.code(), absl::StrCat(first.message(), "\n", second.message())};
  }

  absl::Time FollowDeadline() const {
    return absl::Now() + std::min(kFollowTimeout, command_.app.timeout);
  }

  std::string AorOf(const char* user) const { return absl::StrCat("sip:", user, "@", domain_); }

  SmokeTestCommand& command_;
  const std::stop_token stop_;
  std::string tenant_;
  std::string domain_;
  absl::StatusOr<Connection> admin_;
  absl::StatusOr<Connection> app_;
  bool made_ = false;  // or perhaps
  bool surely_made_ = false;
  v1::GetPolicyResponse policy_;
  nlohmann::ordered_json steps_ = nlohmann::ordered_json::array();
};

}  // namespace

void AddSmokeTestCommand(CLI::App& app, int& exit_code) {
  auto command = std::make_shared<SmokeTestCommand>();
  CLI::App* smoke_test = app.add_subcommand(
      "smoke-test", "Try out a running server with a tenant that is gone afterwards");
  AddAdminOptions(*smoke_test, command->admin);
  smoke_test
      ->add_option("--app-server", command->app.server, "HOST:PORT for apps, as they reach it")
      ->required();
  smoke_test->add_option("--app-ca-file", command->app.ca_file,
                         "PEM certificates to trust there [as --ca-file]");
  smoke_test->add_flag("--plaintext", command->app.plaintext,
                       "No TLS for apps; only to a server on this machine");
  smoke_test
      ->add_option("--signing-key-file", command->signing_key_file,
                   "A private key (JWK) whose tokens the server accepts")
      ->required();
  AddTokenOptions(*smoke_test, command->token);
  smoke_test->footer(
      "Makes a tenant with a random name, imports two subscribers with numbers of nobody, matches\n"
      "them as an app does, and purges the tenant, also when something failed. What stays is the\n"
      "tenant's audit log, as of every purge. Exit code 0: all was as it must be. 1: it says which "
      "step\nfailed and what to do.\n\nExample:\n"
      "  smart-contacts-admin smoke-test --app-server pbx.example:8443 \\\n"
      "    --signing-key-file signing-key.jwk --admin-token-file admin.token");
  SetAction(*smoke_test, kAdminProgram, exit_code, [command] {
    const SignalStop signals;
    return SmokeTest(*command, signals.token()).Run();
  });
}

}  // namespace smartcontacts::client
