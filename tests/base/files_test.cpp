#include "core/base/files.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>

#include "core/base/error.hpp"
#include "tests/test_folder.hpp"

using namespace crescent;
namespace fs = std::filesystem;

namespace {
struct Folder : TestFolder {
  Folder() : TestFolder("files") { make_folders(path); }
};
}  // namespace

TEST_CASE("an atomic write replaces the whole file and leaves nothing beside it") {
  const Folder folder;
  const std::string path = folder.path + "/a";
  write_file_atomically(path, "a long first content");
  write_file_atomically(path, std::string("new\0bytes", 9));
  CHECK(read_file(path) == std::string("new\0bytes", 9));
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 1);
}

TEST_CASE("a write that cannot be finished names the path and the reason and leaves the old file") {
  const Folder folder;
  CHECK_THROWS_WITH_AS(write_file_atomically(folder.path + "/no/a", "x"),
                       (folder.path + "/no/a.partial: cannot be created: No such file or directory").c_str(), Error);
  fs::create_directories(folder.path + "/full/x");
  CHECK_THROWS_WITH_AS(write_file_atomically(folder.path + "/full", "x"),
                       (folder.path + "/full: cannot be replaced: Is a directory").c_str(), Error);
  CHECK(fs::exists(folder.path + "/full/x"));
  CHECK(!fs::exists(folder.path + "/full.partial"));
}

TEST_CASE("reading says what is wrong with the path") {
  CHECK_THROWS_WITH_AS(read_file("/nowhere/x"), "/nowhere/x: cannot be opened: No such file or directory", Error);
  CHECK_THROWS_WITH_AS(read_file("/"), "/: cannot be read: Is a directory", Error);
}

TEST_CASE("an append-only file knows its size, and goes on after it was opened again or cut back") {
  const Folder folder;
  const std::string path = folder.path + "/lines";
  {
    AppendFile file(path);
    file.append("one\n");
    file.append("two\n");
    CHECK(file.size() == 8);
  }
  AppendFile file(path);
  CHECK(file.size() == 8);
  file.truncate(4);
  file.append("three\n");
  file.sync();
  CHECK(read_file(path) == "one\nthree\n");
  CHECK_THROWS_WITH_AS(
      file.truncate(100),
      (path + ": has 10 bytes, but the checkpoint was made when it had 100; the file was cut from outside").c_str(),
      Error);
}

TEST_CASE("a full disk is an error, not a short file") {
  AppendFile file("/dev/full");
  file.append("x");
  CHECK_THROWS_WITH_AS(file.flush(), "/dev/full: cannot be written: No space left on device", Error);
}
