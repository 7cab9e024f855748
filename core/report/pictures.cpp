#include "core/report/pictures.hpp"

#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/report/pack.hpp"

namespace crescent {

namespace {

std::string media_type(std::string_view bytes) {  // "" for anything else than the three
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
  if (bytes.starts_with("\xFF\xD8\xFF")) return "image/jpeg";
  if (bytes.starts_with("RIFF") && bytes.substr(0, 12).ends_with("WEBP")) return "image/webp";
  return "";
}

std::string data_uri(const std::string& path, size_t most_bytes) {
  std::error_code unreadable;
  const auto size = std::filesystem::file_size(path, unreadable);
  if (unreadable || size / 3 * 4 > most_bytes) return "";
  const std::string bytes = read_file(path);
  const std::string type = media_type(bytes);
  return type.empty() ? "" : "data:" + type + ";base64," + base64(bytes);
}

}  // namespace

int64_t Pictures::place_of(const std::string& path) {
  const auto [found, is_new] = places_.emplace(path, -1);
  if (!is_new) return found->second;
  std::string uri = data_uri(path, left_);
  if (uri.empty() || uri.size() > left_) return -1;
  left_ -= uri.size();
  uris_.push_back(std::move(uri));
  return found->second = static_cast<int64_t>(uris_.size()) - 1;
}

}  // namespace crescent
