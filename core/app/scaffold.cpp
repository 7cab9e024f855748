#include "core/app/scaffold.hpp"

#include <filesystem>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/plugin/search.hpp"

namespace crescent {

namespace fs = std::filesystem;

namespace {

using Names = std::vector<std::pair<std::string, std::string>>;  // "@NAME@" -> what stands for it

std::string replaced(std::string text, const Names& names) {
  for (const auto& [mark, value] : names)
    for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size()))
      text.replace(at, mark.size(), value);
  return text;
}

void check(const ScaffoldRequest& request, const Resources& resources) {
  const std::string& name = request.name;
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  bool good = !name.empty() && name[0] >= 'a' && name[0] <= 'z' && name.size() <= 64;
  for (const char c : name) good = good && plain(c);
  if (!good)
    fail_usage({},
               "a plugin's name begins with a letter and has lower-case letters, digits and _ (at most 64), not \"{}\"",
               name);
  for (const char* taken : {"crescent", "crescent_plugin", "experiment"})
    if (name == taken) fail_usage({}, "\"{}\" is the name of a file beside the plugin; give yours another name", name);
  for (const std::string& known : known_plugins({resources.plugin_folders, "."}))
    if (known == name) fail_usage({}, "there is a plugin \"{}\" already; give yours another name", name);
  if (request.language == "python" && request.role != "reward")
    fail_usage({}, "a {} in Python is not possible, a reward is; take c, cpp or lua", request.role);
  if (fs::exists(request.folder)) fail_usage({}, "{} is there already; name another folder with --out", request.folder);
}

std::string source_of(const ScaffoldRequest& request) {
  return request.name + "." + (request.language == "python" ? "py" : request.language);
}

// What a script and `crescent score` call it.
std::string target_of(const ScaffoldRequest& request) {
  if (request.language == "python") return "./" + request.name + ".py:score";
  return "./" + request.name + (request.language == "lua" ? ".lua" : ".so");
}

std::string reward_line(const ScaffoldRequest& request) {
  const std::string &name = request.name, target = target_of(request);
  if (request.language == "lua")
    return fmt::format(
        "run:reward {{ \"{}\", weight = 0.1, parts = reward.parts, score = reward.make {{ limit = 16 }} }}", name);
  if (request.language == "python")
    return fmt::format(R"(run:reward {{ "{}", name = "{}", weight = 0.1, parts = {{ "over" }}, limit = 16 }})", target,
                       name);
  return fmt::format(R"(run:reward {{ "{}", weight = 0.1, limit = 16 }})", target);
}

// The lines of experiment.lua that name the plugin.
Names uses(const ScaffoldRequest& request) {
  const std::string& name = request.name;
  const bool lua = request.language == "lua";
  std::string role, leave = "steps = 4";
  if (request.role == "reward")
    role = reward_line(request);
  else if (request.role == "sampler")
    role = lua ? "run:sampler(sampler(run))" : fmt::format(R"(run:sampler {{ "./{}.so" }})", name);
  else
    leave = lua ? "leave = curriculum { goal = 0.9, steps = 4 }"
                : fmt::format(R"(leave = {{ "./{}.so", steps = 4 }})", name);
  return {{"@IMPORT@\n", lua ? fmt::format("local {} = import \"{}\"\n", request.role, name) : ""},
          {"@ROLE@\n", role.empty() ? "" : role + "\n"},
          {"@LEAVE@", leave}};
}

// As one word of a shell's line in a Makefile.
std::string quoted(const std::string& path) {
  return replaced("'" + replaced(replaced(path, {{"'", "'\\''"}}), {{"$", "$$"}}) + "'", {{"#", "\\#"}});
}

// make, make check, make test, make run.
std::string makefile(const ScaffoldRequest& request) {
  const bool lua = request.language == "lua", python = request.language == "python", reward = request.role == "reward";
  const std::string file = lua || python ? source_of(request) : request.name + ".so";
  std::string text =
      python
          ? "# make test scores saved samples, make run is a run of seconds.\n"
          : "# make builds, make check runs the conformance checks, make test those and saved samples, make run a run "
            "of\n# seconds.\n";
  text += fmt::format(
      "# The program that wrote this folder; where it is gone, the one on PATH.\n"
      "WRITER := {}\n"
      "CRESCENT ?= $(shell test -x $(WRITER) && printf %s $(WRITER) || command -v crescent)\n"
      "PROGRAM = '$(subst ','\\'',$(CRESCENT))'\n\n",
      quoted(fs::read_symlink("/proc/self/exe").string()));
  if (request.language == "c")
    text += fmt::format(
        "CC ?= cc\n{0}.so: {0}.c crescent_plugin.h\n"
        "\t$(CC) -std=c11 -O2 -Wall -Wextra $(CFLAGS) -shared -fPIC $< -o $@\n\n",
        request.name);
  if (request.language == "cpp")
    text += fmt::format(
        "CXX ?= c++\n# Two versions of a plugin can live in one process only without GCC's unique symbols; clang has "
        "none.\n"
        "UNIQUE := $(shell $(CXX) -fno-gnu-unique -E -x c++ /dev/null >/dev/null 2>&1 && echo -fno-gnu-unique)\n"
        "{0}.so: {0}.cpp $(wildcard crescent_plugin*.h*)\n"
        "\t$(CXX) -std=c++17 -O2 -Wall -Wextra $(CXXFLAGS) -shared -fPIC $(UNIQUE) $< -o $@\n\n",
        request.name);
  const bool checked = (reward || !lua) && !python;
  if (checked) text += fmt::format("check: {0}\n\t$(PROGRAM) plugins check ./{0}\n\n", file);
  if (reward)
    text += fmt::format(
        "test: {}\n\t$(PROGRAM) score {}{} <samples.jsonl >scores.jsonl\n\tdiff expected.jsonl scores.jsonl\n\n",
        checked ? "check" : file, target_of(request), python ? " --option parts=over" : "");
  else
    text += checked ? "test: check\n\n" : "test: run\n\n";
  text += fmt::format("run: {}\n\t$(PROGRAM) run .\n\n.PHONY: check test run\n", file);
  return text;
}

std::string readme(const ScaffoldRequest& request) {
  std::string text = fmt::format("# {}\n\nA {} for Crescent, in `{}`. What to change is in there.\n\n", request.name,
                                 request.role, source_of(request));
  const bool lua = request.language == "lua", python = request.language == "python", reward = request.role == "reward";
  if (!lua && !python) text += "    make          builds it; the headers beside it are all that it needs\n";
  if ((!lua || reward) && !python)
    text += "    make check    whether it keeps to the interface: bounds, threads, determinism, leaks\n";
  if (reward)
    text += fmt::format("    make test     {}samples.jsonl must score as expected.jsonl has it\n",
                        python ? "" : "those checks, and ");
  else
    text += "    make test     its tests\n";
  text += "    make run      a run of seconds with experiment.lua\n";
  return text;
}

}  // namespace

std::vector<std::string> write_scaffold(const ScaffoldRequest& request, const Resources& resources) {
  check(request, resources);
  const fs::path templates = fs::path(resources.scripts_folder()) / "scaffold",
                 headers = fs::path(resources.root) / "core/abi";
  Names names = uses(request);
  names.emplace_back("@NAME@", request.name);
  const bool compiled = request.language == "c" || request.language == "cpp";
  const std::string source = request.role + fs::path(source_of(request)).extension().string();

  std::vector<std::pair<std::string, std::string>> files;
  files.emplace_back(source_of(request), replaced(read_file((templates / source).string()), names));
  files.emplace_back("experiment.lua", replaced(read_file((templates / "experiment.lua").string()), names));
  if (request.role == "reward")
    for (const char* data : {"samples.jsonl", "expected.jsonl"})
      files.emplace_back(data, read_file((templates / data).string()));
  if (compiled) files.emplace_back("crescent_plugin.h", read_file((headers / "crescent_plugin.h").string()));
  if (request.language == "cpp")
    for (const char* header : {"crescent_plugin.hpp", "crescent_plugin_glue.hpp"})
      files.emplace_back(header, read_file((headers / header).string()));
  files.emplace_back("Makefile", makefile(request));
  files.emplace_back("README.md", readme(request));

  make_folders(request.folder);
  std::vector<std::string> written;
  for (const auto& [name, content] : files) {
    write_file_atomically((fs::path(request.folder) / name).string(), content);
    written.push_back(name);
  }
  return written;
}

}  // namespace crescent
