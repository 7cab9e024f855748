#include "core/rundir/manifest.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/hash.hpp"
#include "core/config/toml.hpp"
#include "core/rundir/config_diff.hpp"

using namespace crescent;
namespace fs = std::filesystem;

namespace {

struct Path {
  std::string path = (fs::temp_directory_path() / fmt::format("crescent_manifest_test_{}.json", ::getpid())).string();
  Path() { fs::remove(path); }
  ~Path() { fs::remove(path); }
};

SessionInfo session() {
  SessionInfo info;
  info.program = "crescent 0.1.0";
  info.binary_hash = "b1";
  info.threads = 2;
  info.versions = {{"torch", "2.11.0"}};
  info.hardware = {{"cpu", "x"}};
  info.hashes = {{"plugin uniform", "h1"}};
  return info;
}

std::string differences(const std::string& a, const std::string& b) {
  std::string text;
  const Value x = read_toml(a, "a"), y = read_toml(b, "b");
  for (const ConfigDifference& d : diff_config(*x.get<Table>(), *y.get<Table>()))
    text += fmt::format("{}: {} -> {}\n", d.key, d.old_value, d.new_value);
  return text;
}

}  // namespace

TEST_CASE("the manifest tells with what a run was made, and of each session of it") {
  const Path path;
  {
    Manifest manifest(path.path);
    CHECK(manifest.begin_session(session(), -1).empty());
    CHECK(manifest.begin_session(session(), 100).empty());  // nothing has changed
    manifest.note("reward r timed out at step 41");
  }
  const Manifest manifest(path.path);
  const Json& json = manifest.json();
  CHECK(json["versions"]["torch"] == "2.11.0");
  CHECK(json["hardware"]["cpu"] == "x");
  CHECK(json["hashes"]["plugin uniform"] == "h1");
  CHECK(json["threads"] == 2);
  REQUIRE(manifest.sessions() == 2);
  CHECK(json["sessions"][0]["after_step"] == -1);
  CHECK(json["sessions"][1]["after_step"] == 100);
  CHECK(json["sessions"][1]["pid"] == ::getpid());
  CHECK(json["notes"][0] == "reward r timed out at step 41");
  CHECK(!manifest.finished());
}

TEST_CASE("a resumed session says what ends bit-identity, and from which step on") {
  const Path path;
  Manifest manifest(path.path);
  manifest.begin_session(session(), -1);
  SessionInfo other = session();
  other.binary_hash = "b2";
  other.threads = 4;
  other.device = "cuda:0";
  other.hashes = {{"plugin uniform", "h2"}, {"plugin plateau", "h3"}};
  const std::vector<std::string> expected = {
      "the program changed from b1 to b2: bit-identity with an uninterrupted run ends at step 100",
      "the thread count changed from 2 to 4: bit-identity with an uninterrupted run ends at step 100",
      "the device changed from cpu to cuda:0: bit-identity with an uninterrupted run ends at step 100",
      "plugin uniform changed from h1 to h2: bit-identity with an uninterrupted run ends at step 100",
      "plugin plateau was not there before: bit-identity with an uninterrupted run ends at step 100"};
  CHECK(manifest.begin_session(other, 100) == expected);
  CHECK(manifest.json()["sessions"][1]["notes"] == Json(expected));
  CHECK(manifest.begin_session(session(), -1).empty());  // begun anew: there is nothing to be identical with
}

TEST_CASE("a session describes the program and the machine that run it") {
  const SessionInfo info = describe_session(3, "cpu");
  CHECK(info.program.rfind("crescent ", 0) == 0);
  CHECK(info.binary_hash == hash_file(fs::canonical("/proc/self/exe").string()).hex());
  CHECK(info.threads == 3);
  REQUIRE(info.hardware.size() == 3);
  CHECK(info.hardware[0].first == "cpu");
  CHECK(info.hardware[2].second.find(" GiB") != std::string::npos);
}

TEST_CASE("a damaged manifest is named, not overwritten") {
  const Path path;
  write_file_atomically(path.path, "{\"format\":1}");
  CHECK_THROWS_WITH_AS(Manifest(path.path), (path.path + ": \"sessions\" is missing").c_str(), Error);
  write_file_atomically(path.path, "{\"format\":2}");
  CHECK_THROWS_WITH_AS(Manifest(path.path), (path.path + ": is of format 2, and this program reads format 1").c_str(),
                       Error);
  write_file_atomically(path.path, "{");
  CHECK_THROWS_AS(Manifest(path.path), Error);
  CHECK(read_file(path.path) == "{");
}

TEST_CASE("differing settings are listed by dotted key with both values") {
  const std::string base =
      "name = \"a\"\nbetas = [0.9, 0.99]\n[grpo]\ngroup = 8\nkl = { coefficient = 0 }\n[[phases]]\nname = \"text\"\n";
  CHECK(differences(base, base) == "");
  CHECK(differences("a = 1\n", "a = 1.0\n") == "");  // one number
  CHECK(differences("a = nan\n", "a = nan\n") == "");
  CHECK(differences("a = 1\n", "a = true\n") == "a: 1 -> true\n");
  CHECK(differences("a = 9007199254740993\n", "a = 9007199254740992\n") == "a: 9007199254740993 -> 9007199254740992\n");
  CHECK(differences(base,
                    "name = \"b\"\nbetas = [0.9, 0.5]\n[grpo]\nkl = { coefficient = 0.1 }\n[[phases]]\nname = "
                    "\"text\"\nview = \"image\"\n"
                    "[[phases]]\nname = \"x\"\n") ==
        "name: \"a\" -> \"b\"\nbetas[2]: 0.99 -> 0.5\ngrpo.group: 8 -> (not set)\ngrpo.kl.coefficient: 0 -> 0.1\n"
        "phases[1].view: (not set) -> \"image\"\nphases[2]: (not set) -> { name = \"x\" }\n");
  CHECK(differences("f = { lua = \"e.lua:3\" }\n", "f = { lua = \"e.lua:4\" }\n") ==
        "f: function at e.lua:3 -> function at e.lua:4\n");
  CHECK(differences("f = { lua = \"e.lua:3\" }\n", "f = { lua = \"e.lua:3\" }\n") == "");
}
