// Holds every #include of core/ and plugins/ against core/layers.txt.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

struct Layers {
  std::map<std::string, std::set<std::string>> uses;  // folder -> folders it may include
  std::set<std::string> without_torch;
};

Layers read_layers(std::istream& in) {
  Layers layers;
  bool below_torch = false;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (line == "torch") {
      below_torch = true;
      continue;
    }
    const std::string folder = line.substr(0, line.find(':'));
    std::istringstream names(line.substr(line.find(':') + 1));
    layers.uses[folder] = {folder};
    for (std::string name; names >> name;) layers.uses[folder].insert(name);
    if (!below_torch) layers.without_torch.insert(folder);
  }
  return layers;
}

bool is_source(const fs::path& path) {
  static const std::set<std::string> extensions = {".c", ".h", ".cpp", ".hpp", ".cu", ".cuh"};
  return extensions.count(path.extension().string()) > 0;
}

// What the line includes, "" for any other line. Both forms count: <core/x/y.hpp> would be as forbidden.
std::string included(const std::string& line) {
  const size_t hash = line.find_first_not_of(" \t");
  if (hash == line.npos || line[hash] != '#') return "";
  const size_t word = line.find_first_not_of(" \t", hash + 1);
  if (word == line.npos || line.compare(word, 7, "include") != 0) return "";
  const size_t begin = line.find_first_of("\"<", word);
  const size_t end = begin == line.npos ? begin : line.find_first_of("\">", begin + 1);
  return end == line.npos ? "" : line.substr(begin + 1, end - begin - 1);
}

std::string first_folder(const std::string& path) { return path.substr(0, path.find('/')); }

// Why this include is forbidden in a file of `folder`; "" when it is allowed.
std::string verdict(const Layers& layers, const std::string& folder, const std::string& include) {
  static const std::set<std::string> torch = {"ATen", "c10", "torch", "caffe2"};
  if (torch.count(first_folder(include)) && layers.without_torch.count(folder)) return "LibTorch above the line";
  if (include.rfind("core/", 0) != 0) return "";
  const std::string used = first_folder(include.substr(5));
  return layers.uses.at(folder).count(used) ? "" : folder + " may not include " + used;
}

struct SourceFile {
  std::string path;    // relative to the checkout
  std::string folder;  // of core/layers.txt; a plugin counts as "plugins"
  std::vector<std::string> lines;
};

std::vector<SourceFile> sources() {
  const fs::path root = CRESCENT_SOURCE_DIR;
  std::vector<SourceFile> files;
  for (const char* part : {"core", "plugins"}) {
    if (!fs::exists(root / part)) continue;
    for (const auto& item : fs::recursive_directory_iterator(root / part)) {
      if (!item.is_regular_file() || !is_source(item.path())) continue;
      SourceFile file{fs::relative(item.path(), root).generic_string(), "plugins", {}};
      if (std::string(part) == "core") file.folder = first_folder(file.path.substr(5));
      std::ifstream in(item.path());
      for (std::string line; std::getline(in, line);) file.lines.push_back(line);
      files.push_back(std::move(file));
    }
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

Layers layers_of_checkout() {
  std::ifstream in(std::string(CRESCENT_SOURCE_DIR) + "/core/layers.txt");
  Layers layers = read_layers(in);
  layers.uses["plugins"] = {"abi"};
  layers.without_torch.insert("plugins");
  return layers;
}

}  // namespace

TEST_CASE("the layer test sees each way to write a forbidden include") {
  std::istringstream table("base:\nflow: base\ntorch\ntensor: base\n");
  const Layers layers = read_layers(table);
  CHECK(included("  #  include \"core/flow/roles.hpp\"  // why") == "core/flow/roles.hpp");
  CHECK(included("#include <ATen/core/Tensor.h>") == "ATen/core/Tensor.h");
  CHECK(included("// #include \"core/x.hpp\"") == "");
  CHECK(verdict(layers, "flow", "core/base/error.hpp") == "");
  CHECK(verdict(layers, "flow", "core/flow/roles.hpp") == "");
  CHECK(verdict(layers, "base", "core/flow/roles.hpp") == "base may not include flow");
  CHECK(verdict(layers, "flow", "c10/core/Device.h") == "LibTorch above the line");
  CHECK(verdict(layers, "tensor", "c10/core/Device.h") == "");
}

TEST_CASE("the table lists a folder only after the folders it may include, so arrows go one way") {
  std::ifstream in(std::string(CRESCENT_SOURCE_DIR) + "/core/layers.txt");
  std::set<std::string> above;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#' || line == "torch") continue;
    std::istringstream names(line.substr(line.find(':') + 1));
    for (std::string name; names >> name;) CHECK_MESSAGE(above.count(name) == 1, line);
    above.insert(line.substr(0, line.find(':')));
  }
  CHECK(above.size() > 20);
}

TEST_CASE("every include of core and plugins is allowed by core/layers.txt") {
  const Layers layers = layers_of_checkout();
  size_t seen = 0;
  for (const SourceFile& file : sources()) {
    CHECK_MESSAGE(layers.uses.count(file.folder) == 1, file.path, ": folder ", file.folder,
                  " is not in core/layers.txt");
    if (layers.uses.count(file.folder) == 0) continue;
    // The bundled rewards of answers share the host's judgement of them.
    Layers allowed = layers;
    for (const std::string reward : {"exact_math", "choice", "numeric_tolerance"})
      if (file.path.rfind("plugins/rewards/" + reward + "/", 0) == 0) allowed.uses["plugins"].insert("answers");
    for (size_t i = 0; i < file.lines.size(); ++i) {
      const std::string include = included(file.lines[i]);
      if (include.empty()) continue;
      ++seen;
      const std::string why = verdict(allowed, file.folder, include);
      CHECK_MESSAGE(why.empty(), file.path, ":", i + 1, ": #include ", include, ": ", why);
    }
  }
  CHECK(seen > 100);
}

TEST_CASE("no source file is longer than 400 lines") {
  for (const SourceFile& file : sources())
    CHECK_MESSAGE(file.lines.size() <= 400, file.path, " has ", file.lines.size(), " lines");
}
