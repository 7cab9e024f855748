#include "core/flow/rollout.hpp"

#include "core/base/error.hpp"

namespace crescent {

const char* view_name(View view) {
  static constexpr const char* names[] = {"text", "caption", "image"};
  return names[static_cast<int>(view)];
}

View parse_view(const std::string& name) {
  for (const View view : kViews)
    if (name == view_name(view)) return view;
  const std::string near = nearest(name, {"text", "caption", "image"});
  throw Error(fmt::format("\"{}\" is not a view; the views are text, caption, image{}", name,
                          near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)),
              {}, ErrorKind::usage);
}

}  // namespace crescent
