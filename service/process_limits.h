// What the operating system is told about this process.

#ifndef SMART_CONTACTS_SERVICE_PROCESS_LIMITS_H_
#define SMART_CONTACTS_SERVICE_PROCESS_LIMITS_H_

namespace smartcontacts::service {

// Keys, tokens and contact data are in memory, and a core file would outlive every purge. Whatever
// limits the process was started with, it leaves none from now on, and processes of the same user
// cannot read its memory. What a system collects by a pipe (core_pattern "|...") gets nothing
// either.
void ForbidCoreDumps();

// As many open files as the system lets this process have: each connection is one, and the usual
// soft limit of 1024 would stop devices that watch long before memory does.
void AllowOpenFiles();

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_PROCESS_LIMITS_H_
