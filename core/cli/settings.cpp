#include "core/cli/settings.hpp"

#include "core/base/error.hpp"

namespace crescent {

std::vector<std::pair<std::string, std::string>> split_settings(const std::string& option,
                                                                const std::vector<std::string>& texts) {
  std::vector<std::pair<std::string, std::string>> settings;
  for (const std::string& text : texts) {
    const size_t at = text.find('=');
    if (at == text.npos || at == 0)
      fail_usage({}, "{} {}: expected name=value, for example {} lambda=0.8", option, text, option);
    settings.emplace_back(text.substr(0, at), text.substr(at + 1));
  }
  return settings;
}

}  // namespace crescent
