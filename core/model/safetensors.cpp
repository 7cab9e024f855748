#include "core/model/safetensors.hpp"

#include <ATen/ops/empty.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/json.hpp"

namespace crescent {
namespace {

constexpr uint64_t kMostHeaderBytes = 100'000'000;  // the limit of the reference implementation

std::optional<at::ScalarType> scalar_type(const std::string& dtype) {
  if (dtype == "F32") return at::kFloat;
  if (dtype == "F16") return at::kHalf;
  if (dtype == "BF16") return at::kBFloat16;
  if (dtype == "I64") return at::kLong;
  return std::nullopt;
}

[[noreturn]] void broken(const std::string& path, const std::string& what) {
  throw Error("not a readable safetensors file: " + what, Place{path});
}

TensorFile::Entry read_entry(const std::string& path, const std::string& key, const Json& json) {
  TensorFile::Entry entry;
  try {
    entry.dtype = json.at("dtype").get<std::string>();
    entry.shape = json.at("shape").get<std::vector<int64_t>>();
    entry.begin = json.at("data_offsets").at(0).get<uint64_t>();
    entry.end = json.at("data_offsets").at(1).get<uint64_t>();
  } catch (const nlohmann::json::exception& e) {
    broken(path, fmt::format("the entry of \"{}\" is {}, expected dtype, shape and data_offsets", key, json.dump()));
  }
  return entry;
}

// Bytes that the shape needs, or nullopt when that does not fit 63 bits.
std::optional<uint64_t> bytes_of(const TensorFile::Entry& entry) {
  uint64_t bytes = c10::elementSize(*scalar_type(entry.dtype));
  for (const int64_t n : entry.shape) {
    if (n < 0 || __builtin_mul_overflow(bytes, static_cast<uint64_t>(n), &bytes) || bytes >> 62 != 0)
      return std::nullopt;
  }
  return bytes;
}

}  // namespace

TensorFile::TensorFile(const std::string& path) : path_(path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) throw Error(fmt::format("cannot open: {}", std::strerror(errno)), Place{path});
  struct stat status {};
  ::fstat(file, &status);
  size_ = static_cast<uint64_t>(status.st_size);
  void* mapped = size_ == 0 ? MAP_FAILED : ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
  ::close(file);
  if (mapped == MAP_FAILED) broken(path, fmt::format("{} bytes cannot be mapped", size_));
  bytes_ = static_cast<const char*>(mapped);
  try {
    uint64_t header = 0;
    if (size_ < sizeof header) broken(path, fmt::format("{} bytes, expected at least 8", size_));
    std::memcpy(&header, bytes_, sizeof header);
    if (header > kMostHeaderBytes || header > size_ - sizeof header) {
      broken(path, fmt::format("a header of {} bytes in a file of {}; it may be cut off", header, size_));
    }
    const Json json = parse_json(std::string_view(bytes_ + sizeof header, header), Place{path});
    if (!json.is_object()) broken(path, "the header is not a JSON object");
    for (const auto& [key, value] : json.items()) {
      if (key != "__metadata__") entries_.emplace(key, read_entry(path, key, value));
    }
    check(sizeof header + header);
  } catch (...) {
    ::munmap(const_cast<char*>(bytes_), size_);
    throw;
  }
}

void TensorFile::check(uint64_t data_begin) {
  std::vector<std::pair<uint64_t, const std::string*>> order;
  for (auto& [key, entry] : entries_) {
    if (!scalar_type(entry.dtype)) {
      broken(path_, fmt::format("\"{}\" has dtype {}, expected F32, BF16, F16 or I64", key, entry.dtype));
    }
    const auto needed = bytes_of(entry);
    if (entry.end < entry.begin || !needed || entry.end - entry.begin != *needed) {
      broken(path_, fmt::format("\"{}\" has shape [{}] of {} but data from {} to {}", key, fmt::join(entry.shape, ", "),
                                entry.dtype, entry.begin, entry.end));
    }
    if (entry.end > size_ - data_begin) {
      broken(path_, fmt::format("\"{}\" ends at byte {} of the data, which has {}; the file may be cut off", key,
                                entry.end, size_ - data_begin));
    }
    entry.begin += data_begin;
    entry.end += data_begin;
    order.emplace_back(entry.begin, &key);
  }
  std::sort(order.begin(), order.end());
  for (size_t i = 1; i < order.size(); ++i) {
    const Entry& before = entries_.at(*order[i - 1].second);
    if (before.end > order[i].first) {
      broken(path_, fmt::format("the data of \"{}\" and \"{}\" overlap", *order[i - 1].second, *order[i].second));
    }
  }
}

TensorFile::~TensorFile() {
  if (bytes_ != nullptr) ::munmap(const_cast<char*>(bytes_), size_);
}

TensorFile::TensorFile(TensorFile&& other) noexcept
    : path_(std::move(other.path_)), bytes_(other.bytes_), size_(other.size_), entries_(std::move(other.entries_)) {
  other.bytes_ = nullptr;
}

at::Tensor TensorFile::read(const std::string& key) const {
  const auto found = entries_.find(key);
  if (found == entries_.end()) throw Error(fmt::format("there is no tensor \"{}\"", key), Place{path_});
  const Entry& entry = found->second;
  const at::ScalarType type = *scalar_type(entry.dtype);
  at::Tensor value = at::empty(entry.shape, at::TensorOptions().dtype(type));
  if (entry.end > entry.begin) std::memcpy(value.mutable_data_ptr(), bytes_ + entry.begin, entry.end - entry.begin);
  return type == at::kLong ? value : value.to(at::kFloat);
}

void write_safetensors(const std::string& path, const NamedTensors& tensors, at::ScalarType floats) {
  Json header;
  header["__metadata__"] = {{"format", "pt"}};
  uint64_t offset = 0;
  for (const auto& [key, value] : tensors) {
    if (value.scalar_type() != at::kFloat && value.scalar_type() != at::kLong) {
      fail("tensor \"{}\" of type {} cannot be written; expected f32 or i64", key, c10::toString(value.scalar_type()));
    }
    const at::ScalarType type = value.scalar_type() == at::kFloat ? floats : value.scalar_type();
    const uint64_t bytes = value.numel() * c10::elementSize(type);
    header[key] = {{"dtype", type == at::kLong    ? "I64"
                             : type == at::kFloat ? "F32"
                                                  : "BF16"},
                   {"shape", value.sizes().vec()},
                   {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // the data starts at a multiple of 8
  const uint64_t length = text.size();
  const std::string partial = path + ".partial";
  std::filesystem::remove(partial);
  AppendFile file(partial);
  file.append({reinterpret_cast<const char*>(&length), sizeof length});
  file.append(text);
  for (const auto& [key, value] : tensors) {
    const at::Tensor written = value.scalar_type() == at::kFloat ? value.detach().to(floats) : value.detach();
    const at::Tensor bytes = written.cpu().contiguous();
    file.append({static_cast<const char*>(bytes.const_data_ptr()), bytes.nbytes()});
  }
  file.sync();
  std::filesystem::rename(partial, path);
  sync_folder(std::filesystem::path(path).parent_path().string());
}

}  // namespace crescent
