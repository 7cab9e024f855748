// What the operating system says of the machine a run is on.
#pragma once

#include <cstdint>
#include <string>

namespace crescent {

std::string host_name();  // "unnamed" where it has none
int usable_cores();       // that this process may run on, at least 1

// The text after "KEY   :" on the first line of a /proc file that begins with it; "" when there is none.
std::string proc_field(const std::string& path, const std::string& key);

int64_t resident_bytes();       // memory of this process that is in RAM
int64_t peak_resident_bytes();  // the most it ever was

}  // namespace crescent
