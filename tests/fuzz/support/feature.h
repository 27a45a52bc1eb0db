// What an input made a target do, told by the target itself: an input that shows something new is
// worth changing further. libFuzzer reads it beside its own coverage; where there is no libFuzzer
// it is all that the mutation driver (mutation_loop.h) has to go by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace whence::fuzz {

// Notes that the input under way showed `what` (a hash of it). Any thread.
void Feature(uint64_t what);
// The same for a text, such as an error's reason, and a number beside it.
void Feature(std::string_view text, uint64_t number = 0);

// Features seen since the process began.
size_t FeatureCount();

}  // namespace whence::fuzz
