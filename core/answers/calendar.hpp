// Dates and times of day.
#pragma once

#include <optional>
#include <string_view>

namespace crescent {

struct CalendarDate {
  int year = 0;  // 0: not given
  int month = 0, day = 0;
  bool operator==(const CalendarDate&) const = default;
};

// "March 5, 2024", "5 March", "5th of March 2024", "2024-03-05". 3/5/2024 is nothing: it may be two days.
std::optional<CalendarDate> read_date(std::string_view text);

struct ClockTime {
  int seconds = 0;      // since midnight
  bool certain = true;  // false: "3:30" without a.m. or p.m. and before 13:00, which may also be a ratio
  bool operator==(const ClockTime& other) const { return seconds == other.seconds; }
};

// "3:30 PM", "15:30", "8 a.m.", "noon", "12:00 midnight". Without a.m. or p.m. the day has 24 hours.
std::optional<ClockTime> read_time(std::string_view text);

}  // namespace crescent
