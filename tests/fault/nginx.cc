#include "tests/fault/nginx.h"

#include <vector>

#include "absl/strings/str_cat.h"

namespace smartcontacts::integration {

Nginx::Nginx(const std::string& upstream, const std::string& location) {
  WriteFile(directory_ / "nginx.conf",
            absl::StrCat("daemon off; master_process off; pid ", directory_ / "pid", "; error_log ",
                         directory_ / "error.log",
                         ";\nevents {}\nhttp {\n  access_log off;\n  client_body_temp_path ",
                         directory_ / "body", ";\n  keepalive_requests 1000000;\n",
                         "  upstream smart_contacts { ", upstream, " }\n  server {\n    listen ",
                         address(), " http2;\n    location / { grpc_pass grpc://smart_contacts; ",
                         location, " }\n  }\n}\n"));
  process_ = std::make_unique<Process>(
      std::vector<std::string>{NGINX_PROGRAM, "-p", directory_.path().string(), "-e",
                               directory_ / "error.log", "-c", directory_ / "nginx.conf"},
      directory_ / "nginx");
}

std::string Nginx::address() const { return absl::StrCat("127.0.0.1:", port_); }

std::string Nginx::Errors() const { return process_->Err() + ReadFile(directory_ / "error.log"); }

}  // namespace smartcontacts::integration
