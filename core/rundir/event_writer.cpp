#include "core/rundir/event_writer.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "core/rundir/event_record.hpp"

namespace crescent {

namespace fs = std::filesystem;

static constexpr std::string_view kPrefix = "events.out.tfevents.";

double wall_clock() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Where the records up to step `keep` end; what is not a whole record ends them too.
static uint64_t end_of_step(const std::string& path, int64_t keep) {
  constexpr size_t kHead = kEventOffset + 20;
  std::ifstream in(path, std::ios::binary);
  const uint64_t size = fs::file_size(path);
  uint64_t end = 0;
  for (;;) {
    std::string head(kHead, '\0');
    in.seekg(static_cast<std::streamoff>(end));
    in.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<size_t>(in.gcount()));
    in.clear();
    if (head.size() < kRecordFrame) return end;
    const uint64_t bytes = record_bytes(head);
    if (bytes > size - end || step_of_event(std::string_view(head).substr(kEventOffset)) > keep) return end;
    end += bytes;
  }
}

static void cut_back(const std::string& folder, int64_t keep) {
  for (const auto& item : fs::directory_iterator(folder)) {
    const std::string path = item.path().string();
    if (item.path().filename().string().rfind(kPrefix, 0) != 0) continue;
    if (keep < 0)
      fs::remove(path);
    else
      fs::resize_file(path, end_of_step(path, keep));
  }
}

EventWriter::EventWriter(std::string folder, int64_t session, int64_t keep, std::function<double()> clock)
    : folder_(std::move(folder)), clock_(std::move(clock)) {
  make_folders(folder_);
  cut_back(folder_, keep);
  file_ = AppendFile(fmt::format("{}/{}{:06}", folder_, kPrefix, session));
  file_.append(framed(version_event(clock_())));
  file_.append(framed(session_event(clock_(), keep + 1)));
  file_.flush();
}

void EventWriter::write(int64_t step, std::string_view values) {
  if (values.empty()) return;
  file_.append(framed(summary_event(clock_(), step, values)));
  file_.flush();
}

void EventWriter::step(const StepReport& report) {
  std::string values;
  for (const auto& [name, value] : report.metrics) values += scalar_value(name, value);
  for (const auto& [name, value] : report.timings) values += scalar_value("timing/" + name, value);
  write(report.step, values);
}

void EventWriter::histogram(int64_t step, std::string_view tag, std::span<const double> values) {
  write(step, histogram_value(tag, values));
}

void EventWriter::image(int64_t step, std::string_view tag, int64_t width, int64_t height, std::string_view png) {
  write(step, image_value(tag, width, height, png));
}

void EventWriter::text(int64_t step, std::string_view tag, std::string_view markdown) {
  write(step, text_value(tag, markdown));
}

void EventWriter::sync() {
  file_.sync();
  sync_folder(folder_);
}

}  // namespace crescent
