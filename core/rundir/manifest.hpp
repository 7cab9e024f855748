// manifest.json: on what and with what a run was made, and every session (start or resume) of it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/base/json.hpp"

namespace crescent {

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

// One process that works on a run.
struct SessionInfo {
  std::string program;      // "crescent 0.1.0"
  std::string binary_hash;  // of the running program
  int threads = 1;
  std::string device = "cpu";
  NamedTexts versions;  // "torch" -> "2.11.0"
  NamedTexts hardware;  // "cpu" -> "AMD EPYC 7R13", "memory" -> "31.1 GiB"
  NamedTexts hashes;    // "plugin exact_math", "script experiment.lua", ... -> hash
};

// Fills program, binary_hash and hardware of this process; the caller adds versions and hashes.
SessionInfo describe_session(int threads, const std::string& device);

class Manifest {  // [main-thread]
 public:
  explicit Manifest(std::string path);  // reads it when it exists; throws Error when it is damaged
  // Appends a session that begins after `step`. Returns what breaks bit-identity with the session before (another
  // binary, thread count, device or hash), one sentence each; they are in the manifest as the session's notes.
  std::vector<std::string> begin_session(const SessionInfo& info, int64_t step);
  void note(const std::string& text);  // say, "reward r timed out: the run is not reproducible from step 41"
  void finish();                       // the run is complete
  bool finished() const;
  size_t sessions() const;
  const Json& json() const { return json_; }

 private:
  void write() const;
  std::string path_;
  Json json_;
};

}  // namespace crescent
