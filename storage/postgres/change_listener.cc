#include "storage/postgres/change_listener.h"

#include <memory>
#include <pqxx/pqxx>
#include <utility>

#include "absl/time/clock.h"
#include "storage/postgres/error.h"
#include "storage/postgres/opening.h"
#include "storage/postgres/tenant_rows.h"

namespace smartcontacts::storage {
namespace {

constexpr absl::Duration kReconnectDelay = absl::Seconds(1);
constexpr int kWaitSeconds = 1;

class Receiver final : public pqxx::notification_receiver {
 public:
  Receiver(pqxx::connection_base& connection, const ChangeListener::OnEvent& on_event)
      : pqxx::notification_receiver(connection, postgres::kChangesChannel), on_event_(on_event) {}
  void operator()(const std::string& /*payload*/, int /*backend_pid*/) override {
    on_event_(absl::OkStatus());
  }

 private:
  const ChangeListener::OnEvent& on_event_;
};

}  // namespace

ChangeListener::ChangeListener(std::string connection, OnEvent on_event)
    : connection_(std::move(connection)),
      on_event_(std::move(on_event)),
      thread_([this] { Listen(); }) {}

ChangeListener::~ChangeListener() {
  ending_ = true;
  thread_.join();
}

void ChangeListener::Listen() {
  bool connected = true;  // as far as was said
  while (!ending_) {
    try {
      const std::unique_ptr<pqxx::connection> connection = OpenConnection(connection_);
      const Receiver receiver(*connection, on_event_);
      connected = true;
      on_event_(absl::OkStatus());  // what was missed while there was no connection
      while (!ending_) connection->await_notification(kWaitSeconds, 0);
    } catch (const std::exception& exception) {
      if (connected) on_event_(StatusOf(exception));
      connected = false;
      absl::SleepFor(kReconnectDelay);
    }
  }
}

}  // namespace smartcontacts::storage
