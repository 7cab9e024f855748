// Who works on which edge of a sweep: workers on one machine or several see each other through the sweep's folder
// alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace crescent {

// An owner that has not touched its claim for so long is taken for dead, as one whose process is gone from this host.
inline constexpr std::chrono::seconds kClaimExpires{60};

class Claims {  // one thread at a time
 public:
  // FOLDER is made. `clock` counts seconds and never goes back.
  Claims(std::string folder, double (*clock)());

  // True when this process holds `id` from now on; false while another one that lives does. Decided under a lock on the
  // folder, so that of several one gets it.
  bool take(const std::string& id);
  // Says that this process is alive, and how far it is. False when the claim is not its own any more: it was taken for
  // dead.
  bool touch(const std::string& id, int64_t step);
  void release(const std::string& id);  // nothing where it is not this process's
  // Whether anybody holds `id`; `step` is what was said last.
  bool held(const std::string& id, int64_t* step = nullptr);

  // How often work on `id` was begun and not ended, and what was wrong the last time. Kept until cleared.
  struct Attempts {
    int64_t begun = 0;
    std::string error;
  };
  Attempts attempts(const std::string& id) const;
  void set_attempts(const std::string& id, const Attempts& attempts);  // none begun: forgets them
  void forget_all_attempts();

 private:
  struct Seen {
    std::string content;
    double since = 0;
  };
  std::string path(const std::string& id) const { return folder_ + "/" + id; }
  bool expired(const std::string& id, const std::string& content);
  std::string folder_, owner_, host_;
  double (*clock_)();
  std::map<std::string, Seen> seen_;  // of others
};

}  // namespace crescent
