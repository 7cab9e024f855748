#include "core/base/hash.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/files.hpp"

using namespace crescent;

// Answers of python-xxhash: xxhash.xxh3_128_hexdigest(...).
TEST_CASE("a content hash is XXH3 of 128 bits") {
  CHECK(hash_bytes("").hex() == "99aa06d3014798d86001c324468d497f");
  CHECK(hash_bytes("abc").hex() == "06b05ab6733a618578af5f94892f3950");
  std::string bytes;
  for (int i = 0; i < 5 * 256; ++i) bytes += static_cast<char>(i & 255);
  CHECK(hash_bytes(bytes).hex() == "d92ab3a1cb0542a74844b009e164352e");
}

TEST_CASE("a file has the hash of its bytes, also when it is larger than the buffer") {
  const std::string path = (std::filesystem::temp_directory_path() / "crescent_hash_test").string();
  std::string bytes(3 << 20, 'x');
  bytes[1234567] = 'y';
  write_file_atomically(path, bytes);
  CHECK(hash_file(path) == hash_bytes(bytes));
  std::filesystem::remove(path);
  CHECK_THROWS_WITH_AS(hash_file(path), (path + ": cannot be read: No such file or directory").c_str(), Error);
  CHECK_THROWS_WITH_AS(hash_file("/"), "/: cannot be read", Error);
}

TEST_CASE("values that are fed one after another never run together") {
  const auto two = [](std::string_view a, std::string_view b) { return Hasher().add(a).add(b).digest(); };
  CHECK(two("ab", "c") != two("a", "bc"));
  CHECK(two("", "abc") != two("abc", ""));
  CHECK(Hasher().add(uint64_t{1}).digest() != Hasher().add(uint64_t{2}).digest());
}

TEST_CASE("a digest is read back from its digits, and from nothing else") {
  const Digest digest = hash_bytes("abc");
  CHECK(Digest::from_hex(digest.hex()) == digest);
  CHECK_THROWS_WITH_AS(Digest::from_hex("12"), "\"12\" is not a hash of 32 hexadecimal digits", Error);
  CHECK_THROWS_AS(Digest::from_hex(std::string(31, 'a') + "g"), Error);
}
