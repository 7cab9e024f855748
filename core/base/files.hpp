// Whole-file reads, and writes that are either complete on disk or absent.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

namespace crescent {

std::string read_file(const std::string& path);  // throws Error naming the path and the reason

// Writes beside `path`, fsyncs, renames over it and fsyncs the folder: a reader sees the old file or the new one.
void write_file_atomically(const std::string& path, std::string_view content);
void sync_folder(const std::string& path);
void sync_file(const std::string& path);
void make_folders(const std::string& path);

// An append-only file of lines that can be cut back to a checkpoint's offset.
class AppendFile {
 public:
  AppendFile() = default;
  explicit AppendFile(const std::string& path);   // opens or creates
  ~AppendFile();
  AppendFile(AppendFile&&) noexcept;
  AppendFile& operator=(AppendFile&&) noexcept;
  void append(std::string_view bytes);            // throws Error when the disk is full
  void flush();
  void sync();                                    // flush and fsync
  uint64_t size() const { return size_; }         // bytes, including what is not flushed yet
  void truncate(uint64_t size);                   // throws when the file is shorter than `size`
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::FILE* file_ = nullptr;
  uint64_t size_ = 0;
};

}  // namespace crescent
