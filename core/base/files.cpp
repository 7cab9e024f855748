#include "core/base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/base/error.hpp"

namespace crescent {

namespace {

[[noreturn]] void fail_errno(const std::string& path, const char* what) {
  fail("{}: {}: {}", path, what, std::strerror(errno));
}

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

void write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_errno(path, "cannot be written");
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

}  // namespace

std::string read_file(const std::string& path) {
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) fail_errno(path, "cannot be opened");
  std::string content;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t n = ::read(file.fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_errno(path, "cannot be read");
    if (n == 0) return content;
    content.append(buffer, static_cast<size_t>(n));
  }
}

void sync_folder(const std::string& path) {
  Descriptor folder{::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (folder.fd < 0) fail_errno(path, "cannot be opened");
  if (::fsync(folder.fd) != 0) fail_errno(path, "cannot be flushed to disk");
}

void sync_file(const std::string& path) {
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) fail_errno(path, "cannot be opened");
  if (::fsync(file.fd) != 0) fail_errno(path, "cannot be flushed to disk");
}

void make_folders(const std::string& path) {
  std::error_code code;
  std::filesystem::create_directories(path, code);
  if (code) fail("{}: cannot be created: {}", path, code.message());
}

void write_file_atomically(const std::string& path, std::string_view content) {
  const std::string beside = path + ".partial";
  try {
    Descriptor file{::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
    if (file.fd < 0) fail_errno(beside, "cannot be created");
    write_all(file.fd, content, beside);
    if (::fsync(file.fd) != 0) fail_errno(beside, "cannot be flushed to disk");
    if (::rename(beside.c_str(), path.c_str()) != 0) fail_errno(path, "cannot be replaced");
  } catch (...) {
    ::unlink(beside.c_str());  // on a full disk it would be in the way
    throw;
  }
  sync_folder(std::filesystem::path(path).parent_path().string());
}

// "e": a process that is started later must not have the file.
AppendFile::AppendFile(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "abe")) {
  if (file_ == nullptr) fail_errno(path, "cannot be opened for appending");
  struct stat status;
  if (::fstat(::fileno(file_), &status) != 0) fail_errno(path, "cannot be examined");
  size_ = static_cast<uint64_t>(status.st_size);
}

AppendFile::~AppendFile() {
  if (file_ != nullptr) std::fclose(file_);
}

AppendFile::AppendFile(AppendFile&& other) noexcept { *this = std::move(other); }

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(file_, other.file_);
  std::swap(size_, other.size_);
  return *this;
}

void AppendFile::append(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) fail_errno(path_, "cannot be written");
  size_ += bytes.size();
}

void AppendFile::flush() {
  if (std::fflush(file_) != 0) fail_errno(path_, "cannot be written");
}

void AppendFile::sync() {
  flush();
  if (::fsync(::fileno(file_)) != 0) fail_errno(path_, "cannot be flushed to disk");
}

void AppendFile::truncate(uint64_t size) {
  flush();
  if (size > size_)
    fail("{}: has {} bytes, but the checkpoint was made when it had {}; the file was cut from outside", path_, size_,
         size);
  if (::ftruncate(::fileno(file_), static_cast<off_t>(size)) != 0) fail_errno(path_, "cannot be cut back");
  size_ = size;
}

}  // namespace crescent
