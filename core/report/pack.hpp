// Bytes as a page can carry them.
#pragma once

#include <string>
#include <string_view>

namespace crescent {

std::string base64(std::string_view bytes);  // RFC 4648, padded
// A raw deflate stream (RFC 1951), as DecompressionStream("deflate-raw") reads it.
std::string deflate(std::string_view bytes);

}  // namespace crescent
