// trainer.json and the files of state/.
#include "core/checkpoint/trainer_state.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "core/base/files.hpp"
#include "core/base/json.hpp"

namespace crescent {

namespace {

template <class T>
const T& find(const std::vector<std::pair<std::string, T>>& entries, const std::string& name, const char* kind) {
  for (const auto& [key, value] : entries)
    if (key == name) return value;
  fail("the checkpoint holds no {} \"{}\"; it was written by another version of the program", kind, name);
}

// JSON has numbers for finite doubles only (written so that they read back exactly); the others go by name.
Json write_double(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

double read_double(const Json& value) {
  if (value == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (value == "inf") return std::numeric_limits<double>::infinity();
  if (value == "-inf") return -std::numeric_limits<double>::infinity();
  return value.get<double>();
}

// A file name for any blob name: what is not a letter, a digit or one of _-. becomes %XX.
std::string file_name(const std::string& blob) {
  std::string name;
  for (const unsigned char c : blob) {
    const bool plain = std::isalnum(c) || c == '_' || c == '-' || (c == '.' && !name.empty());
    name += plain ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
  }
  return name;
}

template <class T, class Write>
Json write_named(const std::vector<std::pair<std::string, T>>& entries, Write write) {
  Json object = Json::object();
  for (const auto& [name, value] : entries) {
    if (object.contains(name)) fail("a checkpoint cannot hold two values named \"{}\"", name);
    object[name] = write(value);
  }
  return object;
}

}  // namespace

int64_t TrainerState::counter(const std::string& name) const { return find(counters, name, "counter"); }
const std::string& TrainerState::blob(const std::string& name) const { return find(blobs, name, "state of"); }

bool TrainerState::has_blob(const std::string& name) const {
  return std::any_of(blobs.begin(), blobs.end(), [&](const auto& entry) { return entry.first == name; });
}
bool TrainerState::is_untouched(const std::string& name) const {
  return std::find(untouched.begin(), untouched.end(), name) != untouched.end();
}

void write_trainer_state(const std::string& folder, const TrainerState& state) {
  make_folders(folder + "/state");
  for (const auto& [name, bytes] : state.blobs) write_file_atomically(folder + "/state/" + file_name(name), bytes);
  Json json;
  json["step"] = state.step;
  json["stage"] = state.stage;
  json["phase"] = state.phase;
  json["chain"] = state.chain;
  json["counters"] = write_named(state.counters, [](int64_t v) { return Json(v); });
  json["states"] = write_named(state.blobs, [](const std::string& bytes) { return Json(bytes.size()); });
  json["untouched"] = state.untouched;
  json["offsets"] = {{"step", state.offsets.step},
                     {"metrics", state.offsets.metrics},
                     {"vps", state.offsets.vps},
                     {"rollouts_segment", state.offsets.rollouts_segment},
                     {"rollouts", state.offsets.rollouts}};
  json["score"] = state.score ? write_double(*state.score) : Json(nullptr);
  write_file_atomically(folder + "/trainer.json", json.dump(2) + "\n");
}

TrainerState read_trainer_state(const std::string& path) {
  const std::string file = path + "/trainer.json";
  const Json json = read_json_file(file);
  TrainerState state;
  try {
    state.step = json.at("step").get<int64_t>();
    state.stage = json.at("stage").get<std::string>();
    state.phase = json.at("phase").get<std::string>();
    state.chain = json.at("chain").get<std::string>();
    for (const auto& [name, value] : json.at("counters").items())
      state.counters.emplace_back(name, value.get<int64_t>());
    for (const auto& [name, size] : json.at("states").items())
      state.blobs.emplace_back(name, read_file(path + "/state/" + file_name(name)));
    state.untouched = json.value("untouched", std::vector<std::string>());
    const Json& offsets = json.at("offsets");
    state.offsets = {offsets.at("step").get<int64_t>(), offsets.at("metrics").get<uint64_t>(),
                     offsets.at("vps").get<uint64_t>(), offsets.at("rollouts_segment").get<int64_t>(),
                     offsets.at("rollouts").get<uint64_t>()};
    if (!json.at("score").is_null()) state.score = read_double(json.at("score"));
  } catch (const Json::exception& e) {
    throw Error(fmt::format("is not what a checkpoint holds: {}", e.what()), {file, 0});
  }
  return state;
}

}  // namespace crescent
