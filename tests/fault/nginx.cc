#include "tests/fault/nginx.h"

#include <gtest/gtest.h>

#include <csignal>
#include <sstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

namespace smartcontacts::integration {

Nginx::Nginx(const std::string& upstream) {
  WriteConfiguration(upstream);
  process_ = std::make_unique<Process>(
      std::vector<std::string>{NGINX_PROGRAM, "-p", directory_.path().string(), "-e",
                               directory_ / "error.log", "-c", directory_ / "nginx.conf"},
      directory_ / "nginx");
}

Nginx::~Nginx() {
  process_->Signal(SIGTERM);  // to its workers too, which it would leave behind if it were killed
  process_->Wait();
}

void Nginx::WriteConfiguration(const std::string& upstream) const {
  WriteFile(directory_ / "nginx.conf",
            absl::StrCat("daemon off; user root; worker_processes 1; pid ", directory_ / "pid",
                         "; error_log ", directory_ / "error.log",
                         " notice;\nevents {}\nhttp {\n  access_log off;\n"
                         "  client_body_temp_path ",
                         directory_ / "body", ";\n  upstream smart_contacts { ", upstream,
                         " }\n  server {\n    listen ", address(),
                         " http2;\n    location / { grpc_pass grpc://smart_contacts; }\n  }\n}\n"));
}

void Nginx::SetUpstream(const std::string& upstream) {
  WriteConfiguration(upstream);
  process_->Signal(SIGHUP);
  ++reloads_;
  // The worker of before takes no new connections from here on, and sends those it has elsewhere.
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  const auto ended = [this] {
    const std::vector<std::string> parts =
        absl::StrSplit(ReadFile(directory_ / "error.log"), "gracefully shutting down");
    return static_cast<int>(parts.size()) - 1;
  };
  while (ended() < reloads_ && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(10));
  EXPECT_EQ(ended(), reloads_) << Errors();
}

std::string Nginx::address() const { return absl::StrCat("127.0.0.1:", port_); }

std::string Nginx::Errors() const {
  std::istringstream log(ReadFile(directory_ / "error.log"));
  std::string errors = process_->Err();
  for (std::string line; std::getline(log, line);) {
    if (line.find("[notice]") == std::string::npos) absl::StrAppend(&errors, line, "\n");
  }
  return errors;
}

}  // namespace smartcontacts::integration
