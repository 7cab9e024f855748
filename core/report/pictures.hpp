// Pictures of records as data URIs, each once, as long as they fit.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace crescent {

class Pictures {
 public:
  explicit Pictures(size_t most_bytes) : left_(most_bytes) {}
  // Its place in `uris`; -1: it is left out, for it would not fit, cannot be read or is no PNG, JPEG or WebP.
  int64_t place_of(const std::string& path);
  const std::vector<std::string>& uris() const { return uris_; }  // "data:image/png;base64,..."

 private:
  size_t left_;  // bytes of data URIs
  std::vector<std::string> uris_;
  std::unordered_map<std::string, int64_t> places_;
};

}  // namespace crescent
