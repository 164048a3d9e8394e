// SIGINT and SIGTERM as a request to stop, for a command that goes on until somebody ends it.

#ifndef SMART_CONTACTS_CLIENT_PROGRAMS_SIGNAL_STOP_H_
#define SMART_CONTACTS_CLIENT_PROGRAMS_SIGNAL_STOP_H_

#include <signal.h>

#include <ctime>
#include <stop_token>
#include <thread>

namespace smartcontacts::client {

// Make it before the first thread, because threads inherit which signals they leave alone.
class SignalStop {
 public:
  SignalStop() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    waiter_ = std::jthread([this](const std::stop_token& ended) {
      const timespec step{.tv_nsec = 100'000'000};
      while (!ended.stop_requested()) {
        if (sigtimedwait(&signals_, nullptr, &step) > 0) source_.request_stop();
      }
    });
  }

  std::stop_token token() const { return source_.get_token(); }

 private:
  sigset_t signals_{};
  std::stop_source source_;
  std::jthread waiter_;  // the last, so that it ends before what it uses
};

}  // namespace smartcontacts::client

#endif  // SMART_CONTACTS_CLIENT_PROGRAMS_SIGNAL_STOP_H_
