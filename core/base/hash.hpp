// Content hashes (XXH3, 128 bits): for identity and change detection among our own files, not against an adversary.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace crescent {

struct Digest {
  uint64_t high = 0, low = 0;
  std::string hex() const;                    // 32 lower-case digits
  static Digest from_hex(std::string_view);   // throws Error on anything but 32 digits
  auto operator<=>(const Digest&) const = default;
};

// Feeds values one after another; each is length-prefixed or of fixed width, so two sequences never run together.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  Hasher& add(uint64_t value);
  Hasher& add(std::string_view bytes);
  Digest digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest hash_bytes(std::string_view bytes);
Digest hash_file(const std::string& path);

}  // namespace crescent
