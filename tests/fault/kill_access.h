// Who may do what, changed while the server is killed.
#pragma once

#include <memory>
#include <string>

#include "kill_writes.h"

namespace whence::test {

// The group whose members come to what is in `kill.test`; see MakeKillWorld.
inline constexpr char kGateGroup[] = "group:gate";

// Purpose: one user after the other is made, gets a token, a grant and a group, is denied and
// allowed again, has a column masked, and loses all of it, step by step. What decides, and what
// knows tokens, is in memory: after each step it must say what a naive model of the steps says,
// asked by the owner about the user and by the user itself.
// Its users may read `kill.test.input-<round>`.
std::unique_ptr<KillWrites> MakeAccessWrites(const std::string& name, int round);

// The names of the first users of `name`.
std::string KillUserOf(const std::string& name, int cycle);

}  // namespace whence::test
