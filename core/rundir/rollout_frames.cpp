#include "core/rundir/rollout_frames.hpp"

#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/hash.hpp"

namespace crescent {

namespace {

constexpr int kLevel = 3;                         // bench/RESULTS.md: what higher ones gain and cost
constexpr uint32_t kSkippableMagic = 0x184D2A5C;  // one of the sixteen that zstd reserves
constexpr size_t kMaxLineBytes = size_t{256} << 20;

// The skippable frame, little-endian as the machines we run on.
struct Header {
  uint32_t magic = kSkippableMagic;
  uint32_t payload_bytes = sizeof(Header) - 8;
  int64_t step = 0;
  uint32_t samples = 0, samples_in_full = 0;
  uint64_t text_bytes = 0, frame_bytes = 0;
  uint64_t hash = 0;  // of what stands before it: a length that was changed must not pass for a file cut short

  uint64_t expected_hash() const {
    return hash_bytes({reinterpret_cast<const char*>(this), offsetof(Header, hash)}).low;
  }
};
static_assert(sizeof(Header) == 48);

void check(size_t code, const char* what) {
  if (ZSTD_isError(code)) fail("zstd: {}: {}", what, ZSTD_getErrorName(code));
}

struct Compressor {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  Compressor() {
    if (context == nullptr) fail("zstd: no memory to compress with");
    check(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, kLevel), "level");
    check(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1), "checksum");
  }
  ~Compressor() { ZSTD_freeCCtx(context); }
};

struct Decompressor {
  ZSTD_DCtx* context = ZSTD_createDCtx();
  Decompressor() {
    if (context == nullptr) fail("zstd: no memory to decompress with");
  }
  ~Decompressor() { ZSTD_freeDCtx(context); }
};

std::ifstream open_to_read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail("{}: cannot be opened: {}", path, std::strerror(errno));
  return file;
}

uint64_t size_of(std::ifstream& file) {
  file.seekg(0, std::ios::end);
  return static_cast<uint64_t>(file.tellg());
}

// Cuts what is decompressed into lines.
class LineCutter {
 public:
  LineCutter(const StepFrame& frame, const std::function<bool(std::string_view)>& line) : frame_(frame), line_(line) {}

  bool add(std::string_view bytes) {  // false: no more is wanted
    seen_ += bytes.size();
    for (size_t end; (end = bytes.find('\n')) != bytes.npos; bytes.remove_prefix(end + 1)) {
      const bool more = rest_.empty() ? line_(bytes.substr(0, end)) : line_(rest_.append(bytes.substr(0, end)));
      rest_.clear();
      if (!more) return false;
    }
    rest_.append(bytes);
    if (rest_.size() > kMaxLineBytes)
      fail("{}: step {}: a line of more than {} MiB; no rollout is as long", frame_.path, frame_.step,
           kMaxLineBytes >> 20);
    return true;
  }

  void finish() const {
    if (seen_ != frame_.text_bytes || !rest_.empty())
      fail("{}: step {}: the frame holds {} bytes of lines, but its header says {}", frame_.path, frame_.step, seen_,
           frame_.text_bytes);
  }

 private:
  const StepFrame& frame_;
  const std::function<bool(std::string_view)>& line_;
  std::string rest_;  // of a line whose end is still to come
  uint64_t seen_ = 0;
};

}  // namespace

std::string segment_name(int64_t first_step) {
  return fmt::format("step_{:06}-{:06}.jsonl.zst", first_step, first_step + kStepsPerSegment - 1);
}

int64_t segment_first_step(const std::string& file_name) {
  constexpr std::string_view prefix = "step_";
  if (!file_name.starts_with(prefix)) return -1;
  int64_t first = -1;
  const auto [end, code] =
      std::from_chars(file_name.data() + prefix.size(), file_name.data() + file_name.size(), first);
  return code == std::errc() && first >= 0 && file_name == segment_name(first) ? first : -1;
}

struct FrameWriter::State {
  Compressor zstd;
  Header header;
  std::string bytes;  // the frame so far
  std::string buffer = std::string(ZSTD_CStreamOutSize(), '\0');

  void compress(std::string_view text, ZSTD_EndDirective directive) {
    ZSTD_inBuffer in{text.data(), text.size(), 0};
    for (;;) {
      ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
      const size_t left = ZSTD_compressStream2(zstd.context, &out, &in, directive);
      check(left, "compression");
      bytes.append(buffer, 0, out.pos);
      if (directive == ZSTD_e_continue ? in.pos == in.size : left == 0) return;
    }
  }
};

FrameWriter::FrameWriter() : state_(std::make_unique<State>()) {}
FrameWriter::~FrameWriter() = default;

void FrameWriter::add(std::string_view line, bool in_full) {
  ++state_->header.samples;
  state_->header.samples_in_full += in_full;
  state_->header.text_bytes += line.size();
  state_->compress(line, ZSTD_e_continue);
}

std::string FrameWriter::finish(int64_t step) {
  state_->compress({}, ZSTD_e_end);
  Header header = std::exchange(state_->header, {});
  header.step = step;
  header.frame_bytes = state_->bytes.size();
  header.hash = header.expected_hash();
  std::string both(reinterpret_cast<const char*>(&header), sizeof header);
  both += state_->bytes;
  state_->bytes.clear();
  return both;
}

std::vector<StepFrame> find_frames(const std::string& path, bool may_end_short) {
  std::ifstream file = open_to_read(path);
  const uint64_t size = size_of(file);
  const auto cut_short = [&](uint64_t at) {
    if (!may_end_short)
      fail("{}: ends within the frame that begins at byte {}; the file was cut from outside", path, at);
  };
  std::vector<StepFrame> frames;
  for (uint64_t at = 0; at < size;) {
    Header header;
    if (size - at < sizeof header) {
      cut_short(at);
      break;
    }
    file.seekg(static_cast<std::streamoff>(at));
    file.read(reinterpret_cast<char*>(&header), sizeof header);
    if (!file) fail("{}: cannot be read at byte {}", path, at);
    const bool ours = header.magic == kSkippableMagic && header.payload_bytes == sizeof header - 8 &&
                      header.hash == header.expected_hash();
    if (!ours || (!frames.empty() && header.step <= frames.back().step))
      fail("{}: damaged at byte {}: no header of the step after {}", path, at,
           frames.empty() ? "the file's beginning" : fmt::format("step {}", frames.back().step));
    at += sizeof header;
    if (size - at < header.frame_bytes) {
      cut_short(at - sizeof header);
      break;
    }
    frames.push_back(
        {header.step, header.samples, header.samples_in_full, header.text_bytes, header.frame_bytes, path, at});
    at += header.frame_bytes;
  }
  return frames;
}

void read_frame(const StepFrame& frame, const std::function<bool(std::string_view line)>& line) {
  const auto damaged = [&](const std::string& why) {
    fail("{}: step {}: the frame is damaged: {}", frame.path, frame.step, why);
  };
  std::ifstream file = open_to_read(frame.path);
  file.seekg(static_cast<std::streamoff>(frame.offset));
  Decompressor zstd;
  LineCutter lines(frame, line);
  std::string read(ZSTD_DStreamInSize(), '\0'), made(ZSTD_DStreamOutSize(), '\0');
  size_t wanted = 1;  // 0: the frame has ended
  for (uint64_t left = frame.frame_bytes; left > 0;) {
    const size_t count = std::min<uint64_t>(left, read.size());
    file.read(read.data(), static_cast<std::streamsize>(count));
    if (!file) fail("{}: step {}: cannot be read", frame.path, frame.step);
    left -= count;
    ZSTD_inBuffer in{read.data(), count, 0};
    bool full = false;  // more may wait within the decompressor
    while (wanted != 0 && (in.pos < in.size || full)) {
      ZSTD_outBuffer out{made.data(), made.size(), 0};
      wanted = ZSTD_decompressStream(zstd.context, &out, &in);
      if (ZSTD_isError(wanted)) damaged(ZSTD_getErrorName(wanted));
      if (!lines.add({made.data(), out.pos})) return;
      full = out.pos == out.size;
    }
    if (in.pos < in.size || (wanted == 0 && left > 0)) damaged("it ends before its length");
  }
  if (wanted != 0) damaged("it has no end");
  lines.finish();
}

}  // namespace crescent
