// The house that requests are tried on.
#pragma once

#include <memory>
#include <string>

#include "support/house_fixture.h"

namespace whence::fuzz {

// A new house in memory (a folder of /dev/shm where there is one) with a few things of every kind:
// two catalogs, assets, versions, an alias, tags, a run, predictions; people, a group, grants,
// policies, a governed tag, a declassification.
std::unique_ptr<test::HouseFixture> MakeWorld();

// What the house answers to questions about everything in it. The same before and after it was
// closed and opened, for what is in memory must be what is on disk.
std::string ViewOf(test::HouseFixture& house);

// Whether its caller still is who it was, owns the metastore and sees what is in it. An input may
// take that away (a token that is revoked, a deny of everything, a call a second), and those after
// it would learn nothing but that.
bool IsOpen(test::HouseFixture& house);

// Closes and opens the house. Asserts that the file is sound in between and the view the same.
void CheckReopen(test::HouseFixture& house);

}  // namespace whence::fuzz
