// What the operating system says of the machine a run is on.
#pragma once

#include <string>

namespace crescent {

std::string host_name();  // "unnamed" where it has none
int usable_cores();       // that this process may run on, at least 1

// The text after "KEY   :" on the first line of a /proc file that begins with it; "" when there is none.
std::string proc_field(const std::string& path, const std::string& key);

}  // namespace crescent
