// Chat templates: the part of Jinja that those of Qwen2, Qwen2.5, Qwen2.5-VL and SmolLM2 need, and some more, rendered
// exactly as transformers renders them (Jinja 3 with trim_blocks and lstrip_blocks).
//
// Tags: for, if, elif, else, set (a variable, an attribute of a namespace); comments; white space control.
// Expressions: texts, integers, lists, attributes, indices, slices, == != < <= > >= in, and or not, + - * // % ~,
// a if b else c, filters and tests (builtins.hpp), namespace(), raise_exception(). Nothing else: anything beyond that
// is an error that names it with its line, when the template is read or, where it depends on the values, when it is
// rendered.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/jinja/value.hpp"
#include "core/jinja/work.hpp"

namespace crescent::jinja {

// Immutable: any thread may render.
class Template {
 public:
  // `source`: UTF-8, at most 1 MiB. `path` stands in errors. Throws Error at `path` and a line.
  Template(std::string_view source, const std::string& path);
  ~Template();
  Template(Template&&) noexcept;
  Template& operator=(Template&&) noexcept;

  // With these variables; others are undefined. Throws Error at the template's path and line for what raises in Python
  // (raise_exception among it), for values and names that are not implemented, and past `limits`.
  std::string render(const Dict& variables, const Limits& limits = {}) const;

 private:
  struct Parts;
  std::unique_ptr<const Parts> parts_;
};

}  // namespace crescent::jinja
