// Contact data appears in no log, metric, error, database file or write-ahead log.
// Values that can be recognised are planted in every field of every call, failing ones included,
// and looked for afterwards. (The service writes no traces; their
// identifiers are in the log.)

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>

#include <csignal>
#include <filesystem>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "crypto/oprf_client.h"
#include "smartcontacts/admin/v1/audit_service.grpc.pb.h"
#include "smartcontacts/admin/v1/purge_service.grpc.pb.h"
#include "smartcontacts/v1/private_match_service.grpc.pb.h"
#include "tests/integration/device.h"

namespace smartcontacts::integration {
namespace {

using testing::HasSubstr;
using testing::Not;

// Numbers whose last digits are in nothing else.
constexpr char kRegistered[] = "tel:+4930231259871";
constexpr char kRetained[] = "tel:+4930231259872";
constexpr char kMatched[] = "tel:+4930231259873";

class CanaryTest : public ServerTest {
 protected:
  void Note(const grpc::Status& status) {
    EXPECT_FALSE(status.ok());
    absl::StrAppend(&told_, status.error_message(), "\n", status.error_details(), "\n");
  }

  void Plant(const std::string& value) {
    canaries_.push_back(value);
    if (value.find_first_not_of("abcdefghijklmnopqrstuvwxyz-0123456789") == std::string::npos)
      return;
    canaries_.push_back(absl::BytesToHexString(value));
    canaries_.push_back(absl::Base64Escape(value));
  }

  void ExpectNone(const std::string& text, const std::string& where) {
    for (const std::string& canary : canaries_) {
      EXPECT_EQ(text.find(canary), std::string::npos)
          << "a canary of " << canary.size() << " bytes in " << where;
    }
  }
  // True if the database lies there: the tenant's domain is no secret and stands in it as it is.
  bool ExpectNoneBelow(const std::filesystem::path& directory) {
    bool has_database = false;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
      if (!entry.is_regular_file()) continue;
      const std::string content = ReadFile(entry.path());
      ExpectNone(content, entry.path());
      has_database = has_database || absl::StrContains(content, "acme.example");
    }
    return has_database;
  }

  void Match() {
    const std::string token = Token("acme", "canary-caller");
    Plant(token);
    v1::MatchContactsRequest request = Request(token, {kRegistered, kMatched});
    Plant(request.digests().substr(0, 16));
    Plant(request.digests().substr(16, 16));
    Plant(Policy(token).epoch().salt());
    v1::Match& known = *request.add_known_matches();
    known.set_index(1);
    known.set_aor("sip:canary-known@acme.example");
    v1::MatchContactsResponse response;
    ASSERT_TRUE(ServerTest::Match(token, request, &response).ok());
    ASSERT_EQ(response.matches_size(), 1);
    v1::MatchContactsRequest wrong = request;
    wrong.set_epoch(99);
    Note(ServerTest::Match(token, wrong));
    wrong = request;
    wrong.mutable_digests()->append("x");
    Note(ServerTest::Match(token, wrong));
    wrong = request;
    wrong.mutable_known_matches(0)->set_index(77);
    Note(ServerTest::Match(token, wrong));
    Note(ServerTest::Match(token + "x", request));
    Note(ServerTest::Match(Token("acme", "canary-caller", R"({"aud": "canary-audience"})"),
                           request));
    Note(ServerTest::Match(Token("canary-tenant", "canary-caller"), request));
    // What comes with a trace is told of nowhere, but for the trace.
    const auto traced = CallWith(token);
    traced->AddMetadata("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    traced->AddMetadata("tracestate", "vendor=canary");
    traced->AddMetadata("baggage", "user=canary");
    v1::MatchContactsResponse nothing;
    Note(v1::MatchService::NewStub(app_)->MatchContacts(traced.get(), wrong, &nothing));
    const auto untraced = CallWith(token);
    untraced->AddMetadata("traceparent", "00-canarycanarycanarycanarycanaryca-b7ad6b7169203331-01");
    Note(v1::MatchService::NewStub(app_)->MatchContacts(untraced.get(), wrong, &nothing));
    // A method that nobody has, named by the caller.
    grpc::GenericStub generic(app_);
    grpc::CompletionQueue queue;
    const auto context = CallWith(token);
    const auto call = generic.PrepareUnaryCall(context.get(), "/canary.Service/Canary",
                                               grpc::ByteBuffer(), &queue);
    call->StartCall();
    grpc::ByteBuffer answer;
    grpc::Status status;
    call->Finish(&answer, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    queue.Shutdown();
    Note(status);
  }

  void MatchPrivately() {
    const std::string token = Token("acme", "canary-caller");
    const auto service = v1::PrivateMatchService::NewStub(app_);
    const auto get = [&](const v1::GetSealedDirectoryRequest& request) {
      const auto context = CallWith(token);
      const auto reader = service->GetSealedDirectory(context.get(), request);
      v1::GetSealedDirectoryResponse response;
      while (reader->Read(&response)) {
      }
      return reader->Finish();
    };
    v1::GetSealedDirectoryRequest part;
    part.set_epoch(1);
    part.mutable_whole();
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while (!get(part).ok() && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(50));
    EXPECT_TRUE(get(part).ok()) << "it is sealed, and lies in the database";
    part.mutable_changes()->set_since_revision(9'871);
    Note(get(part));

    const std::vector<absl::string_view> inputs = {kRegistered, kMatched};
    v1::EvaluateBlindedRequest request;
    v1::EvaluateBlindedResponse response;
    const auto evaluate = [&](const std::string& elements) {
      request.set_blinded_elements(elements);
      return service->EvaluateBlinded(CallWith(token).get(), request, &response);
    };
    const auto packed = [](const auto& elements) {
      return std::string(reinterpret_cast<const char*>(elements.data()), elements.size() * 32);
    };
    request.set_epoch(1);
    ASSERT_TRUE(evaluate(packed(crypto::OprfClient().Blind(inputs)->elements)).ok());
    const auto client =
        *crypto::VoprfClient::Create(*crypto::ParseOprfPublicKey(response.public_key()));
    const crypto::BlindedBatch blinded = *client.Blind(inputs);
    const std::string elements = packed(blinded.elements);
    ASSERT_TRUE(evaluate(elements).ok());
    const auto evaluated = *crypto::ParseEvaluatedElements(response.evaluated_elements());
    const auto outputs =
        *client.Finalize(inputs, blinded, evaluated, *crypto::ParseOprfProof(response.proof()));
    Plant(elements.substr(0, 32));
    Plant(response.evaluated_elements().substr(0, 32));
    Plant(response.proof());
    for (const crypto::OprfOutput& output : outputs) {
      Plant({reinterpret_cast<const char*>(output.bytes().data()), output.bytes().size()});
    }
    Note(evaluate(elements + "canary-canary-canary-canary-cana"));
    Note(evaluate("canary"));
    request.set_epoch(9'871);
    Note(evaluate(elements));
  }

  void Retain() {
    Device device(*this, "acme", "canary-subscriber", "canary-device");
    Plant(device.token());
    Plant(device.Delta({kRetained}).delta().added_digests());
    device.Replace({kRetained, kRegistered});
    Plant(device.sync_token_);
    device.Change({kMatched}, {kRegistered});
    Plant(device.sync_token_);
    v1::SyncAddressBookRequest start = device.Start();
    Plant(start.start().sync_id());
    start.mutable_start()->set_sync_token("canary-synctoken");
    Note(device.Send({start, device.Delta({kRetained}), Device::Finish(1)}));
    start = device.Start();
    start.mutable_start()->set_device_id("canary device");
    Note(device.Send({start, Device::Finish(0)}));
    start = device.Start();
    start.mutable_start()->mutable_consent()->set_privacy_policy_version("canary-version");
    Note(device.Send({start, Device::Finish(0)}));
    Note(device.Send({device.Start(), device.Delta({kRetained})}));
    EXPECT_TRUE(device.Watch()->UntilHeartbeat().empty());
    Note(Device(*this, "acme", "canary-subscriber", "canary-tablet").Watch()->Finish());
    Note(device.Watch("canary-cursor")->Finish());
    v1::AnnouncedMatch known = device.Known(kRetained, "canary-known");
    known.mutable_digest()->pop_back();
    Note(device.Watch("", nullptr, {known})->Finish());
    EXPECT_EQ(device.MyData().address_books_size(), 1);
    Note(device.Erase("canary-tablet"));
    Note(device.Erase("canary tablet"));
    ASSERT_TRUE(device.SetDiscoverability(false, false).ok());
    Note(Device(*this, "acme", "canary-stranger").SetDiscoverability(false, {}));
  }

  void Administrate() {
    admin::v1::UpsertSubscribersRequest upsert;
    upsert.set_tenant_id("acme");
    upsert.add_subscribers()->set_aor("sip:canary-foreign@other.example");
    admin::v1::UpsertSubscribersResponse upserted;
    const auto directory = admin::v1::DirectoryService::NewStub(admin_);
    Note(directory->UpsertSubscribers(CallWith(admin_token_).get(), upsert, &upserted));
    upsert.mutable_subscribers(0)->set_aor("sip:canary-broken@acme.example");
    upsert.mutable_subscribers(0)->add_identifiers("tel:canary");
    Note(directory->UpsertSubscribers(CallWith(admin_token_).get(), upsert, &upserted));
    Note(directory->UpsertSubscribers(CallWith("canary-administrator").get(), upsert, &upserted));
    admin::v1::GetSubscriberRequest get;
    get.set_tenant_id("acme");
    get.set_aor("sip:canary-missing@acme.example");
    admin::v1::GetSubscriberResponse subscriber;
    Note(directory->GetSubscriber(CallWith(admin_token_).get(), get, &subscriber));
    admin::v1::PurgeRequest purge;
    purge.set_tenant_id("acme");
    purge.set_device_id("canary-device");
    const auto purge_service = admin::v1::PurgeService::NewStub(admin_);
    const auto fails = [&] {
      const auto context = CallWith(admin_token_);
      const auto reader = purge_service->Purge(context.get(), purge);
      admin::v1::PurgeResponse progress;
      while (reader->Read(&progress)) {
      }
      return reader->Finish();
    };
    Note(fails());
    purge.set_aor("sip:canary-subscriber@acme.example");
    purge.set_everything(true);
    Note(fails());
    purge.set_aor("canary");
    purge.set_everything(false);
    Note(fails());
    // One that succeeds: what it says of it is logged and written down.
    purge.set_aor("sip:canary-subscriber@acme.example");
    EXPECT_TRUE(fails().ok());
    const Finished log = Admin({"audit", "list", "acme", "--output", "json"});
    EXPECT_EQ(log.exit_code, 0);
    ExpectNone(log.out, "the audit log");
  }

  std::string told_;
  std::vector<std::string> canaries_ = {"canary", "9871", "9872", "9873"};
};

TEST_F(CanaryTest, WhatIsPlantedIsFoundNowhere) {
  StartServer({"--log-level", "debug", "--metrics-listen", "127.0.0.1:0"});
  Plant(admin_token_);
  CreateTenant("acme");
  OfferRetention(*this, "acme");
  admin::v1::Tenant tenant;
  tenant.set_tenant_id("acme");
  tenant.mutable_policy()->set_private_mode(v1::PRIVATE_MODE_OFFERED);
  UpdateTenant(tenant, {"policy.private_mode"});
  Upsert("acme", "canary-subscriber", {kRegistered});
  Match();
  MatchPrivately();
  Retain();
  // What is retained lies in the database now.
  if (OnPostgres()) {
    Postgres().Execute("CHECKPOINT");
    EXPECT_TRUE(ExpectNoneBelow(Postgres().data_directory()));
  }
  canaries_.erase(std::find(canaries_.begin(), canaries_.end(), admin_token_));
  EXPECT_EQ(ExpectNoneBelow(data_), !OnPostgres());
  Plant(admin_token_);
  Administrate();

  ExpectNone(told_, "an error");
  const std::string log = server_->Err();
  EXPECT_THAT(log, HasSubstr("\"debug\"")) << "the log is at its most verbose";
  ExpectNone(log, "the log");
  EXPECT_THAT(log, HasSubstr("0af7651916cd43dd8448eb211c80319c")) << "traces are in it";
  const std::string metrics = HttpGet(metrics_address_, "/metrics");
  EXPECT_THAT(metrics, HasSubstr("smart_contacts_match_hits_sum"));
  ExpectNone(metrics, "the metrics");
  ExpectNone(Http(metrics_address_, "GET", "/canary"), "an unknown page");
  ExpectNone(HttpGet(metrics_address_, "/readyz"), "the readiness");

  // Nor does it say anything when it crashes. (lifecycle_test.cc looks for a copy of the memory.)
  server_->Signal(SIGSEGV);
  EXPECT_NE(server_->Wait().exit_code, 0);
  ExpectNone(server_->Err(), "the log");
}

}  // namespace
}  // namespace smartcontacts::integration
