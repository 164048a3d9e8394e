// No copies of this process's memory on disk.

#ifndef SMART_CONTACTS_SERVICE_CORE_DUMPS_H_
#define SMART_CONTACTS_SERVICE_CORE_DUMPS_H_

namespace smartcontacts::service {

// Keys, tokens and contact data are in memory, and a core file would outlive every purge. Whatever
// limits the process was started with, it leaves none from now on, and processes of the same user
// cannot read its memory. What a system collects by a pipe (core_pattern "|...") gets nothing
// either.
void ForbidCoreDumps();

}  // namespace smartcontacts::service

#endif  // SMART_CONTACTS_SERVICE_CORE_DUMPS_H_
