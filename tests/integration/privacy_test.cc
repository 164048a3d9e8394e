// Contact data appears in no log, error, or temporary file. Canaries are planted everywhere.

#include <gmock/gmock.h>

#include <filesystem>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/integration/server.h"

namespace smartcontacts::integration {
namespace {

using testing::HasSubstr;
using testing::Not;

class PrivacyTest : public ServerTest {};

TEST_F(PrivacyTest, CanariesStayOutOfLogsAndFiles) {
  StartServer({"--log-level", "debug"});
  CreateTenant("acme");
  Upsert("acme", "canary-subscriber", {"tel:+4930231259871"});
  const std::string token = Token("acme", "canary-caller");
  v1::MatchContactsRequest request = Request(token, {"tel:+4930231259871", "tel:+4930231259872"});
  v1::Match& known = *request.add_known_matches();
  known.set_index(1);
  known.set_aor("sip:canary-known@acme.example");
  v1::MatchContactsResponse response;
  ASSERT_TRUE(Match(token, request, &response).ok());
  ASSERT_EQ(response.matches_size(), 1);
  // Also where things go wrong.
  request.set_epoch(99);
  EXPECT_FALSE(Match(token, request).ok());
  request.mutable_digests()->append("x");
  EXPECT_FALSE(Match(token, request).ok());
  EXPECT_FALSE(Match(token + "x", request).ok());
  EXPECT_NE(Admin({"directory", "get", "acme", "sip:canary-missing@acme.example"}).exit_code, 0);

  const std::string digest = request.digests().substr(0, 16);
  const std::string salt = Policy(token).epoch().salt();
  std::vector<std::string> canaries = {"canary",
                                       "9871",
                                       "9872",
                                       token,
                                       digest,
                                       absl::BytesToHexString(digest),
                                       absl::Base64Escape(digest),
                                       salt,
                                       absl::BytesToHexString(salt),
                                       admin_token_};
  // While it runs, and what it leaves behind.
  const std::string log = server_->Err() + StopServer().err;
  for (const std::string& canary : canaries) EXPECT_THAT(log, Not(HasSubstr(canary)));
  canaries.pop_back();  // the administrator's token has a file
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data_)) {
    const std::string bytes = ReadFile(entry.path().string());
    for (const std::string& canary : canaries) {
      EXPECT_EQ(bytes.find(canary), std::string::npos) << entry.path();
    }
  }
}

}  // namespace
}  // namespace smartcontacts::integration
