#include "core/rundir/manifest.hpp"

#include <fmt/chrono.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>

#include "core/base/file_errors.hpp"
#include "core/base/files.hpp"
#include "core/base/hash.hpp"
#include "core/rundir/host.hpp"

namespace crescent {

namespace {

std::string now() { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))); }

Json to_json(const NamedTexts& texts) {
  Json object = Json::object();
  for (const auto& [name, text] : texts) object[name] = text;
  return object;
}

std::string memory_text() {
  const std::string text = proc_field("/proc/meminfo", "MemTotal");  // "32768000 kB"
  return text.empty() ? "unknown" : fmt::format("{:.1f} GiB", std::stod(text) / (1 << 20));
}

void compare_hashes(const Json& before, const NamedTexts& now, std::vector<std::string>& notes) {
  for (const auto& [name, hash] : now) {
    const auto it = before.find(name);
    if (it == before.end())
      notes.push_back(fmt::format("{} was not there before", name));
    else if (*it != hash)
      notes.push_back(fmt::format("{} changed from {} to {}", name, it->get<std::string>(), hash));
  }
}

}  // namespace

SessionInfo describe_session(int threads, const std::string& device) {
  SessionInfo info;
  info.program = "crescent " CRESCENT_VERSION;
  info.binary_hash = hash_file("/proc/self/exe").hex();
  info.threads = threads;
  info.device = device;
  const std::string cpu = proc_field("/proc/cpuinfo", "model name");
  info.hardware = {
      {"cpu", cpu.empty() ? "unknown" : cpu}, {"cores", fmt::format("{}", usable_cores())}, {"memory", memory_text()}};
  return info;
}

Manifest::Manifest(std::string path) : path_(std::move(path)) {
  if (!with_file_errors(path_, [&] { return std::filesystem::exists(path_); })) {
    json_ = Json{{"format", 1}, {"finished", false}, {"notes", Json::array()}, {"sessions", Json::array()}};
    return;
  }
  json_ = read_json_file(path_);
  const Place place{path_, 0};
  if (integer_member(json_, "format", place) != 1)
    throw Error(fmt::format("is of format {}, and this program reads format 1", json_["format"].dump()), place);
  if (!member(json_, "sessions", place).is_array() || !member(json_, "notes", place).is_array())
    throw Error("\"sessions\" and \"notes\" must be lists", place);
  if (!member(json_, "finished", place).is_boolean()) throw Error("\"finished\" must be true or false", place);
}

std::vector<std::string> Manifest::begin_session(const SessionInfo& info, int64_t step) {
  std::vector<std::string> changes;
  if (const Json& sessions = json_["sessions"];
      !sessions.empty() && step >= 0) {  // what begins anew owes nothing to the session before
    const Json& before = sessions.back();
    const std::string binary = before.value("binary", "");
    if (binary != info.binary_hash)
      changes.push_back(fmt::format("the program changed from {} to {}", binary, info.binary_hash));
    if (const int threads = before.value("threads", 0); threads != info.threads)
      changes.push_back(fmt::format("the thread count changed from {} to {}", threads, info.threads));
    if (const std::string device = before.value("device", ""); device != info.device)
      changes.push_back(fmt::format("the device changed from {} to {}", device, info.device));
    compare_hashes(before.value("hashes", Json::object()), info.hashes, changes);
    for (std::string& text : changes)
      text += fmt::format(": bit-identity with an uninterrupted run ends at step {}", step);
  }
  Json session = {{"started", now()},
                  {"after_step", step},
                  {"pid", ::getpid()},
                  {"host", host_name()},
                  {"program", info.program},
                  {"binary", info.binary_hash},
                  {"threads", info.threads},
                  {"device", info.device},
                  {"versions", to_json(info.versions)},
                  {"hardware", to_json(info.hardware)},
                  {"hashes", to_json(info.hashes)},
                  {"notes", changes}};
  for (const char* key : {"program", "binary", "threads", "device", "versions", "hardware", "hashes"})
    json_[key] = session[key];
  json_["sessions"].push_back(std::move(session));
  write();
  return changes;
}

void Manifest::note(const std::string& text) {
  json_["notes"].push_back(text);
  write();
}

void Manifest::finish() {
  json_["finished"] = true;
  write();
}

bool Manifest::finished() const { return json_["finished"].get<bool>(); }
size_t Manifest::sessions() const { return json_["sessions"].size(); }
void Manifest::write() const {
  write_file_atomically(path_, json_.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace crescent
