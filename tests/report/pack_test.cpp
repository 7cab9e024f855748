#include "core/report/pack.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include <cmath>
#include <random>

#include "core/report/token_table.hpp"

using namespace crescent;

TEST_CASE("base64 is that of RFC 4648, section 10") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64(std::string("\xfb\xff\x00", 3)) == "+/8A");
}

TEST_CASE("what is deflated inflates to itself, whatever it is") {
  std::mt19937 random(7);
  for (const size_t size : {size_t{0}, size_t{1}, size_t{5000}, size_t{300'000}}) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() % (size % 2 == 0 ? 256 : 3));
    std::string packed = deflate(bytes), unpacked(size + 1, '\0');
    z_stream stream = {};
    REQUIRE(inflateInit2(&stream, -15) == Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(unpacked.data());
    stream.avail_out = static_cast<uInt>(unpacked.size());
    CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
    unpacked.resize(stream.total_out);
    inflateEnd(&stream);
    CHECK(unpacked == bytes);
  }
}

TEST_CASE("a probability takes one byte and comes back within 2 %") {
  std::vector<float> logprobs = {0, -0.01F, -0.7F, -3.3F, -9.9F};
  const std::string bytes = quantised(logprobs);
  for (size_t i = 0; i < logprobs.size(); ++i) {
    const double back = -kLogprobStep * static_cast<unsigned char>(bytes[i]);
    CHECK(std::abs(std::exp(back - logprobs[i]) - 1) <= 0.0203);
  }
  CHECK(quantised(std::vector<float>{-50, NAN}) == "\xff\xff");
}
