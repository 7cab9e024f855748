// A look at a shared library's file before the loader maps it.
#pragma once

#include <string>

namespace crescent {

// Throws Error when `path` is not a whole 64-bit ELF shared library for this machine: the loader maps segments by the
// file's own headers, and touching a page beyond the end of a truncated file ends the process with SIGBUS.
void check_elf_library(const std::string& path);

}  // namespace crescent
