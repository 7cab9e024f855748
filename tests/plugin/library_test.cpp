#include "core/plugin/library.hpp"

#include <doctest/doctest.h>

#include <cstring>

#include "core/base/error.hpp"
#include "tests/plugin/building.hpp"

using namespace crescent;
using namespace crescent::testing;

namespace {

std::string load_error(const std::string& path) {
  try {
    PluginLibrary::load(path);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a bundled plugin loads, says who it is, and answers for its role alone") {
  const PluginLibrary library = PluginLibrary::load(bundled("exact_math"));
  CHECK(std::string(library.entry().name) == "exact_math");
  CHECK(library.reward() != nullptr);
  CHECK(library.sampler() == nullptr);
  CHECK(library.curriculum() == nullptr);
  CHECK(&PluginLibrary::load(bundled("exact_math")).entry() == &library.entry());
}

TEST_CASE("a file that is no plugin is refused with what it is") {
  const TempFolder folder;
  CHECK(load_error(folder / "none.so") == "plugin " + folder / "none.so" + ": there is no such file");
  CHECK(load_error(folder.path()) == "plugin " + folder.path() + ": there is no such file");
  std::ofstream(folder / "empty.so").close();
  CHECK(load_error(folder / "empty.so") ==
        "plugin " + folder / "empty.so" + ": the file is empty; build or copy it again");
  std::ofstream(folder / "text.so") << "return function(s) return 1 end\n";
  CHECK(load_error(folder / "text.so") ==
        "plugin " + folder / "text.so" + ": this is not a shared library (it does not begin with an ELF header)");
  std::ofstream(folder / "a.c") << "int a;\n";
  shell("cc -c " + folder / "a.c" + " -o " + folder / "object.so");
  CHECK(load_error(folder / "object.so") ==
        "plugin " + folder / "object.so" + ": this is not a shared library (ELF type 1); build it with -shared -fPIC");
}

TEST_CASE("a truncated library is refused at any length before it is mapped") {
  const TempFolder folder;
  build_plugin("plugins_c/token_limit.c", folder / "whole.so");
  const std::string whole = read_bytes(folder / "whole.so");
  CHECK(load_error(folder / "whole.so") == "");
  for (size_t length = 1; length < whole.size(); length += length < 64 ? 7 : 97) {
    CAPTURE(length);
    std::ofstream(folder / "cut.so", std::ios::binary | std::ios::trunc)
        .write(whole.data(), static_cast<std::streamsize>(length));
    CHECK(load_error(folder / "cut.so")
              .starts_with("plugin " + folder / "cut.so" + ": the file is truncated: it has " + std::to_string(length) +
                           " bytes"));
  }
  std::string damaged = whole;
  std::memset(damaged.data() + 32, 0xff, 8);  // the offset of the segment table
  std::ofstream(folder / "cut.so", std::ios::binary | std::ios::trunc) << damaged;
  CHECK(load_error(folder / "cut.so").find("the file is truncated") != std::string::npos);
}

TEST_CASE("an entry that this program cannot use is refused with both numbers and the remedy") {
  const TempFolder folder;
  const auto error_of = [&](const std::string& fault) {
    const std::string path = folder / (fault + ".so");
    build_plugin("bad_plugins/entry.c", path, "-DFAULT_" + fault);
    const std::string text = load_error(path), start = "plugin " + path + ": ";
    REQUIRE(text.starts_with(start));
    return text.substr(start.size());
  };
  CHECK(error_of("MAJOR") ==
        "it was built for version 7 of the plugin interface, this program has version 2; build it again with this "
        "program's crescent_plugin.h");
  CHECK(error_of("SIZE") == "its crescent_entry has 64 bytes where version 2 of the plugin interface has " +
                                std::to_string(sizeof(crescent_plugin_entry)) +
                                "; set struct_size to sizeof(crescent_plugin_entry)");
  CHECK(error_of("NAME") == "its crescent_entry lacks one of name, version, author, licence, description");
  CHECK(error_of("SYMBOL") ==
        "it does not export the symbol crescent_entry, so it is no Crescent plugin; define crescent_entry as "
        "crescent_plugin.h declares it, with CRESCENT_EXPORT");
  CHECK(error_of("INIT") == "init failed: the licence server is closed ?");
  CHECK(load_error(folder / "INIT.so").ends_with("init failed: the licence server is closed ?"));  // and stays refused
  const std::string unresolved = error_of("UNRESOLVED");
  CHECK(unresolved.starts_with("the library cannot be loaded: "));
  CHECK(unresolved.find("is_nowhere") != std::string::npos);
}
