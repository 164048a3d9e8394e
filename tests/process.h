// Programs as a test runs them.

#ifndef SMART_CONTACTS_TESTS_PROCESS_H_
#define SMART_CONTACTS_TESTS_PROCESS_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace smartcontacts {

struct Finished {
  int exit_code = -1;  // -1: killed by a signal
  std::string out;
  std::string err;
};

// A child that is killed, at the latest, with the object. Its output goes to files, which are read
// while it runs.
class Process {
 public:
  // `environment`: "NAME=VALUE", beside the test's own. `user`: run as this user, if the test is
  // root.
  Process(const std::vector<std::string>& command, const std::string& output_prefix,
          const std::vector<std::string>& environment = {}, std::optional<uid_t> user = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  std::string Out() const;
  std::string Err() const;
  bool Running();
  void Signal(int signal) const;
  // Waits for its end; kills it after half a minute, because a test must not hang.
  Finished Wait();

 private:
  bool Reap(bool wait);

  std::string output_prefix_;
  pid_t pid_ = -1;
  std::optional<int> status_;
};

}  // namespace smartcontacts

#endif  // SMART_CONTACTS_TESTS_PROCESS_H_
