// States for tests.

#ifndef SMART_CONTACTS_TESTS_CLIENT_PRIVATE_MATCHING_PRIVATE_STATES_H_
#define SMART_CONTACTS_TESTS_CLIENT_PRIVATE_MATCHING_PRIVATE_STATES_H_

#include <algorithm>
#include <vector>

#include "client/private_matching/private_state.h"

namespace smartcontacts::client {

inline PrivateState SomeState() {
  const auto output = [](std::uint8_t byte) {
    return *crypto::OprfOutput::FromBytes(
        std::vector<std::uint8_t>(crypto::OprfOutput::kSize, byte));
  };
  PrivateState state{.server = "pbx.example:8443", .epoch = 3, .revision = 7, .looked_up = true};
  state.directory_key.fill(1);
  state.oprf_key.bytes.fill(2);
  state.identifiers["tel:+4930100"].output = output(3);
  state.identifiers["tel:+4930200"].output = output(4);
  state.identifiers["tel:+4930200"].aors = {{1, "sip:101@acme.example"},
                                            {~std::uint64_t{0}, "sip:102@acme.example"}};
  return state;
}

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_TESTS_CLIENT_PRIVATE_MATCHING_PRIVATE_STATES_H_
