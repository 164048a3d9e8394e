#include "tests/process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "absl/time/clock.h"
#include "tests/temporary_directory.h"

namespace smartcontacts {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);

void Redirect(const std::string& path, int descriptor) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  dup2(file, descriptor);
}

}  // namespace

Process::Process(const std::vector<std::string>& command, const std::string& output_prefix,
                 const std::vector<std::string>& environment, std::optional<uid_t> user)
    : output_prefix_(output_prefix) {
  std::vector<char*> arguments;
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  pid_ = fork();
  if (pid_ != 0) return;
  Redirect(output_prefix + ".out", STDOUT_FILENO);
  Redirect(output_prefix + ".err", STDERR_FILENO);
  for (const std::string& variable : environment) putenv(const_cast<char*>(variable.c_str()));
  if (user.has_value() && geteuid() == 0 && setuid(*user) != 0) _exit(126);
  // A test that crashes takes its children with it.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  execv(arguments[0], arguments.data());
  _exit(127);
}

Process::~Process() {
  if (Running()) {
    Signal(SIGKILL);
    Reap(/*wait=*/true);
  }
}

bool Process::Reap(bool wait) {
  if (status_.has_value()) return true;
  int status = 0;
  if (waitpid(pid_, &status, wait ? 0 : WNOHANG) != pid_) return false;
  status_ = status;
  return true;
}

bool Process::Running() { return !Reap(/*wait=*/false); }

void Process::Signal(int signal) const { kill(pid_, signal); }

std::string Process::Out() const { return ReadFile(output_prefix_ + ".out"); }
std::string Process::Err() const { return ReadFile(output_prefix_ + ".err"); }

Finished Process::Wait() {
  const absl::Time deadline = absl::Now() + kPatience;
  while (Running() && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(5));
  if (Running()) {
    Signal(SIGKILL);
    Reap(/*wait=*/true);
  }
  return {WIFEXITED(*status_) ? WEXITSTATUS(*status_) : -1, Out(), Err()};
}

}  // namespace smartcontacts
