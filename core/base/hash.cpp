#include "core/base/hash.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "core/base/error.hpp"

namespace crescent {

struct Hasher::State {
  XXH3_state_t xxh;
};

static Digest to_digest(XXH128_hash_t h) { return {h.high64, h.low64}; }

std::string Digest::hex() const { return fmt::format("{:016x}{:016x}", high, low); }

Digest Digest::from_hex(std::string_view text) {
  if (text.size() != 32 || text.find_first_not_of("0123456789abcdef") != text.npos)
    fail("\"{}\" is not a hash of 32 hexadecimal digits", text);
  return {std::stoull(std::string(text.substr(0, 16)), nullptr, 16),
          std::stoull(std::string(text.substr(16)), nullptr, 16)};
}

Hasher::Hasher() : state_(new State) { XXH3_128bits_reset(&state_->xxh); }
Hasher::~Hasher() = default;

Hasher& Hasher::add(uint64_t value) {
  XXH3_128bits_update(&state_->xxh, &value, sizeof value);
  return *this;
}

Hasher& Hasher::add(std::string_view bytes) {
  add(static_cast<uint64_t>(bytes.size()));
  XXH3_128bits_update(&state_->xxh, bytes.data(), bytes.size());
  return *this;
}

Digest Hasher::digest() const { return to_digest(XXH3_128bits_digest(&state_->xxh)); }

Digest hash_bytes(std::string_view bytes) { return to_digest(XXH3_128bits(bytes.data(), bytes.size())); }

Digest hash_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) fail("{}: cannot be read: {}", path, std::strerror(errno));
  XXH3_state_t state;
  XXH3_128bits_reset(&state);
  std::vector<char> buffer(1 << 20);
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || in.gcount() > 0)
    XXH3_128bits_update(&state, buffer.data(), static_cast<size_t>(in.gcount()));
  if (in.bad()) fail("{}: cannot be read", path);  // a folder, a failing disk
  return to_digest(XXH3_128bits_digest(&state));
}

}  // namespace crescent
