#include "core/plugin/elf.hpp"

#include <elf.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>

#include "core/base/error.hpp"

namespace crescent {

namespace {

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kMachine = EM_AARCH64;
#endif

[[noreturn]] void truncated(const std::string& path, uint64_t size, uint64_t needed) {
  fail("plugin {}: the file is truncated: it has {} bytes, but its headers speak of {}; build or copy it again", path,
       size, needed);
}

// End of a range, at most 2^64 - 1 so that a damaged header cannot wrap around.
uint64_t end_of(uint64_t offset, uint64_t bytes) {
  uint64_t end = 0;
  const bool wraps = __builtin_add_overflow(offset, bytes, &end);
  return wraps ? std::numeric_limits<uint64_t>::max() : end;
}

}  // namespace

void check_elf_library(const std::string& path) {
  std::error_code ec;
  if (!std::filesystem::is_regular_file(path, ec)) fail("plugin {}: there is no such file", path);
  const uint64_t size = std::filesystem::file_size(path, ec);
  std::ifstream in(path, std::ios::binary);
  if (ec || !in) fail("plugin {}: the file cannot be read", path);

  unsigned char magic[SELFMAG] = {};
  in.read(reinterpret_cast<char*>(magic), SELFMAG);
  if (size == 0) fail("plugin {}: the file is empty; build or copy it again", path);
  if (std::memcmp(magic, ELFMAG, std::min<uint64_t>(size, SELFMAG)) != 0)
    fail("plugin {}: this is not a shared library (it does not begin with an ELF header)", path);
  if (size < sizeof(Elf64_Ehdr)) truncated(path, size, sizeof(Elf64_Ehdr));

  Elf64_Ehdr header;
  in.seekg(0).read(reinterpret_cast<char*>(&header), sizeof header);
  if (!in) fail("plugin {}: the file cannot be read", path);
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_machine != kMachine)
    fail("plugin {}: the library was built for another kind of machine; build it on this one", path);
  if (header.e_type != ET_DYN)
    fail("plugin {}: this is not a shared library (ELF type {}); build it with -shared -fPIC", path, header.e_type);
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0)
    fail("plugin {}: the ELF header is damaged; build or copy it again", path);

  const uint64_t table_end = end_of(header.e_phoff, uint64_t{header.e_phnum} * sizeof(Elf64_Phdr));
  if (table_end > size) truncated(path, size, table_end);
  uint64_t needed = header.e_shoff == 0 ? 0 : end_of(header.e_shoff, uint64_t{header.e_shnum} * header.e_shentsize);
  in.seekg(static_cast<std::streamoff>(header.e_phoff));
  for (int i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    in.read(reinterpret_cast<char*>(&segment), sizeof segment);
    if (!in) fail("plugin {}: the file cannot be read", path);
    if (segment.p_type != PT_NULL) needed = std::max(needed, end_of(segment.p_offset, segment.p_filesz));
  }
  if (needed > size) truncated(path, size, needed);
}

}  // namespace crescent
