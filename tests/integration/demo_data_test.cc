// The examples, end to end: exactly the contacts are found who are subscribers.

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/integration/server.h"

namespace smartcontacts::integration {
namespace {

using nlohmann::json;

const std::string kExamples = SMART_CONTACTS_SOURCE_DIR "/examples/";

class DemoDataTest : public ServerTest {
 protected:
  DemoDataTest() {
    StartServer();
    for (const auto& [tenant, region, prefix] :
         {std::tuple("acme", "DE", "0"), std::tuple("globex", "US", "9")}) {
      const std::string domain = std::string(tenant) + ".example";
      EXPECT_EQ(Admin({"tenant", "create", tenant, "--sip-domain", domain, "--region", region,
                       "--outside-line-prefix", prefix, "--extension-pattern", "[1-9][0-9]{1,5}",
                       "--phone-context", domain})
                    .exit_code,
                0);
      const Finished import =
          Admin({"directory", "import", tenant, kExamples + "directory-" + tenant + ".csv"});
      EXPECT_EQ(import.exit_code, 0) << import.out << import.err;
    }
  }

  static std::set<std::pair<std::string, std::string>> Expected(const std::string& tenant) {
    std::set<std::pair<std::string, std::string>> expected;
    std::ifstream file(kExamples + "expected-matches.csv");
    for (std::string line; std::getline(file, line);) {
      const std::size_t first = line.find(',');
      const std::size_t last = line.rfind(',');
      if (line.substr(0, first) != tenant) continue;
      expected.emplace(line.substr(first + 1, last - first - 1), line.substr(last + 1));
    }
    return expected;
  }
};

TEST_F(DemoDataTest, EachTenantFindsItsOwnSubscribersAndNobodyElse) {
  for (const auto& [tenant, user] : {std::pair("acme", "101"), std::pair("globex", "4001")}) {
    const Finished result =
        Phone({"match", kExamples + "address-book.vcf", "--output", "json"}, Token(tenant, user));
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const json document = json::parse(result.out);
    EXPECT_GE(document["contacts"], 500);
    std::set<std::pair<std::string, std::string>> found;
    for (const json& match : document["matches"]) found.emplace(match["name"], match["aor"]);
    EXPECT_EQ(found, Expected(tenant));
  }
}

}  // namespace
}  // namespace smartcontacts::integration
