#include "client/private_matching/private_state.h"

#include <gmock/gmock.h>

#include "tests/client/private_matching/private_states.h"

namespace smartcontacts::client {
namespace {

TEST(PrivateStateTest, WhatIsWrittenIsReadAgain) {
  EXPECT_EQ(*ParsePrivateState(Serialize(SomeState())), SomeState());
  const PrivateState smallest{.epoch = 1};
  EXPECT_EQ(*ParsePrivateState(Serialize(smallest)), smallest);
}

TEST(PrivateStateTest, WhatIsCutOffOrHasMoreIsRefused) {
  const std::string whole = Serialize(SomeState());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(ParsePrivateState(whole.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(ParsePrivateState(whole + '\0').ok());
}

TEST(PrivateStateTest, WhatSerializeDoesNotWriteIsRefused) {
  PrivateState state = SomeState();
  state.epoch = 0;
  EXPECT_FALSE(ParsePrivateState(Serialize(state)).ok());
  state = SomeState();
  state.revision = -1;
  EXPECT_FALSE(ParsePrivateState(Serialize(state)).ok());
  state = SomeState();
  state.identifiers["no identifier"];
  EXPECT_FALSE(ParsePrivateState(Serialize(state)).ok());
  state = SomeState();
  state.identifiers.begin()->second.aors[9] = "no address";
  EXPECT_FALSE(ParsePrivateState(Serialize(state)).ok());
  // An identifier twice.
  state = SomeState();
  std::string bytes = Serialize(state);
  const std::size_t second = bytes.find("tel:+4930200");
  bytes[second + 9] = '1';
  EXPECT_FALSE(ParsePrivateState(bytes).ok());
}

}  // namespace
}  // namespace smartcontacts::client
