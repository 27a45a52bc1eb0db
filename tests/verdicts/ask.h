// The APIs that tell who may what. Each is asked random questions about a world, and every verdict
// must be the naive evaluator's; a difference fails the test with the question and the world.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "naive_world.h"
#include "random_world.h"
#include "whence/v1/policy.pb.h"

namespace whence::verdicts {

// Verdicts by how they came out: yes (shown, allowed), no (not granted), masked (yes, but something
// else is shown), refused (what a policy denies, masks that disagree, whom nothing is told).
struct Tally {
  int64_t yes = 0;
  int64_t no = 0;
  int64_t masked = 0;
  int64_t refused = 0;

  int64_t questions() const { return yes + no + masked + refused; }
};

// DecideBatch, of the present or of a moment of the world's past; also with policies in dry run.
void AskDecide(RandomWorld& world, int questions, Tally& tally);
void AskDecideInThePast(RandomWorld& world, int questions, Tally& tally);
// GetEffectivePrivileges: a verdict on every privilege that means something there.
void AskEffective(RandomWorld& world, int calls, Tally& tally);
// ListAssetAccess: a verdict on each user and service and each asset.
void AskAssetAccess(RandomWorld& world, Tally& tally);
// Lists of catalogs, schemas and assets: a verdict on each of them that there is.
void AskLists(RandomWorld& world, int callers, Tally& tally);
// GetLineage, of tables and of columns: a verdict on each node.
void AskLineage(RandomWorld& world, int callers, Tally& tally);
// AuthZEN's evaluation and evaluations, over HTTP.
void AskAuthzen(RandomWorld& world, int questions, Tally& tally);
// Trino's OPA plugin, over HTTP: a verdict on each resource that is filtered, on each column's
// mask, each table's rows, each operation.
void AskTrino(RandomWorld& world, int callers, Tally& tally);

// A question to Decide.
struct Question {
  NaiveCaller caller;
  std::string privilege;
  std::string path;
  std::vector<std::string> columns;
};
Question AnyQuestion(RandomWorld& world);
std::string TextOf(const Question& question);
v1::DecideRequest RequestOf(const Question& question);

// A verdict in words, with the SQL of its masks and filters in Trino; the same of what the server
// answered. A conflict of masks is told as any of those that there are.
std::string TextOf(const RandomWorld& world, const Question& question, const NaiveVerdict& verdict);
std::string TextOf(const v1::Decision& decision, const NaiveVerdict& expected);
// Whether a message names both policies of one of the conflicts, and the column.
bool NamesConflict(const std::string& message, const NaiveVerdict& verdict);
// Counts it.
void Count(const NaiveVerdict& verdict, Tally& tally);

// Fails the test.
void Disagree(const RandomWorld& world, const std::string& question, const std::string& expected,
              const std::string& got);

}  // namespace whence::verdicts
