// What a checkpoint saves besides tensors.
#pragma once

#include <string>
#include <string_view>

namespace crescent {

// A part whose behaviour depends on its past. save() then load() into a fresh object of the same configuration must
// leave it behaving bit for bit as if it had never stopped. [main-thread]
class Stateful {
 public:
  virtual ~Stateful() = default;
  virtual std::string save_state() const = 0;              // any bytes; "" when there is nothing to remember
  virtual void load_state(std::string_view bytes) = 0;     // throws Error when the bytes are not its own
};

}  // namespace crescent
