// States for tests.

#ifndef SMART_CONTACTS_TESTS_CLIENT_RETENTION_STATES_H_
#define SMART_CONTACTS_TESTS_CLIENT_RETENTION_STATES_H_

#include <string>
#include <vector>

#include "client/retention/device_state.h"

namespace smartcontacts::client {

// A digest whose first byte is `number`.
inline crypto::Digest D(std::uint8_t number) { return {{number, 0xFF}}; }

// A device that has synced 1 and 2 in epoch 1, matched both and is watching.
inline DeviceState SyncedState() {
  DeviceState state;
  state.device_id = "device-1";
  state.consented_version = "2026-11";
  state.epoch = 1;
  state.sync_token = std::string("token\0\xFF", 7);
  state.retained = {D(1), D(2)};
  state.cursor = "cursor";
  state.revision = 7;
  state.known = {{D(1), 1, "sip:101@acme.example"}};
  return state;
}

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_TESTS_CLIENT_RETENTION_STATES_H_
