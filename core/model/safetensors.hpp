// The safetensors format: an 8-byte little-endian length, a JSON header (name -> dtype, shape, offsets), then the data.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/model/model.hpp"

namespace crescent {

// A file mapped into memory; tensors are read one at a time. Throws Error for a header that is cut off, is not JSON, or
// describes data of an unknown type, of the wrong size, overlapping, or outside the file.
class TensorFile {
 public:
  explicit TensorFile(const std::string& path);
  ~TensorFile();
  TensorFile(TensorFile&&) noexcept;
  TensorFile& operator=(TensorFile&&) = delete;

  struct Entry {
    std::string dtype;
    std::vector<int64_t> shape;
    uint64_t begin = 0, end = 0;  // bytes of the file
  };
  const std::map<std::string, Entry>& entries() const { return entries_; }
  at::Tensor read(const std::string& key) const;  // a copy: F32, F16 and BF16 become f32 on the CPU, I64 stays

 private:
  void check(uint64_t data_begin);
  std::string path_;
  const char* bytes_ = nullptr;
  uint64_t size_ = 0;
  std::map<std::string, Entry> entries_;
};

// f32 and i64 tensors, on any device; complete on disk under `path` or absent. Streams: needs no second copy. `floats`:
// what f32 tensors are written as, kFloat or kBFloat16 (rounded to nearest).
void write_safetensors(const std::string& path, const NamedTensors& tensors, at::ScalarType floats = at::kFloat);

}  // namespace crescent
