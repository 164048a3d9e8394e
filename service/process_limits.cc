#include "service/process_limits.h"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace smartcontacts::service {

void ForbidCoreDumps() {
  const rlimit none = {};
  setrlimit(RLIMIT_CORE, &none);  // cannot fail: a limit may always be lowered
  // Collectors that read by a pipe do not ask for the limit, but for this.
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void AllowOpenFiles() {
  rlimit files = {};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace smartcontacts::service
