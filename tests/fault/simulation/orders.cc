#include "orders.h"

#include <utility>

#include "base/strings.h"
#include "service/catalog_operations.h"
#include "service/lineage_operations.h"
#include "service/prediction_operations.h"

namespace whence::fault {
namespace {

using namespace service;

using test::NaiveEvent;
using test::NaiveWorld;

// An order of the naive world.
template <class Operation, class Request>
Order MakeOrder(const Operation& operation, int number, Request request, std::string text,
                std::function<std::string(NaiveWorld&)> apply) {
  return {.mutation = MakeMutation(operation, StrCat("order-", number), std::move(request)),
          .apply =
              [apply = std::move(apply)](Model& model) {
                std::string outcome = apply(model.world);
                model.changed = model.world.changed;
                return outcome;
              },
          .text = std::move(text)};
}

Order CatalogOrder(std::mt19937_64& random, int number) {
  const auto draw = [&random](uint64_t below) { return static_cast<int>(random() % below); };
  const int kind = draw(4);
  const int first = draw(kNames), second = draw(kNames);
  const std::string name = NameOf(first), other = NameOf(second);
  if (kind == 0) {
    v1::CreateAssetRequest request;
    request.mutable_asset()->set_name(FullNameOf(first));
    request.mutable_asset()->set_kind(v1::KIND_TABLE);
    return MakeOrder(kCreateAsset, number, request, "create " + name,
                     [=](NaiveWorld& world) { return world.Create(name, v1::KIND_TABLE); });
  }
  if (kind == 1) {
    v1::RenameAssetRequest request;
    request.set_name(FullNameOf(first));
    request.set_new_name(FullNameOf(second));
    return MakeOrder(kRenameAsset, number, request, StrCat("rename ", name, " ", other),
                     [=](NaiveWorld& world) { return world.Rename(name, other); });
  }
  if (kind == 2) {
    v1::DeleteAssetRequest request;
    request.set_name(FullNameOf(first));
    return MakeOrder(kDeleteAsset, number, request, "delete " + name,
                     [=](NaiveWorld& world) { return world.Delete(name); });
  }
  v1::UndeleteAssetRequest request;
  request.set_name(FullNameOf(first));
  return MakeOrder(kUndeleteAsset, number, request, "undelete " + name,
                   [=](NaiveWorld& world) { return world.Undelete(name); });
}

Order VersionOrder(std::mt19937_64& random, int number) {
  const int asset = static_cast<int>(random() % kNames);
  const int version = static_cast<int>(random() % 5);
  const std::string name = NameOf(asset);
  if (random() % 3 == 0) {
    v1::SetAliasRequest request;
    request.set_asset(FullNameOf(asset));
    request.set_alias("x");
    request.set_version(version + 1);
    return MakeOrder(kSetAlias, number, request, StrCat("alias ", name, " ", version + 1),
                     [=](NaiveWorld& world) { return world.Alias(name, "x", version + 1); });
  }
  v1::RegisterVersionRequest request;
  request.set_asset(FullNameOf(asset));
  const std::string digest = StrCat("opaque:d", version);
  request.mutable_version()->set_digest(digest);
  return MakeOrder(kRegisterVersion, number, request, StrCat("register ", name, " ", digest),
                   [=](NaiveWorld& world) { return world.Register(name, digest); });
}

v1::Run ToRun(const NaiveEvent& event) {
  v1::Run run;
  run.set_id(RunIdOf(event.run));
  for (const test::NaiveReference& read : event.reads) {
    run.add_reads()->set_reference(StrCat("c.s.", read.name, read.alias.empty() ? "" : "@x"));
  }
  for (const test::NaiveWrite& write : event.writes) {
    v1::RunWrite* out = run.add_writes();
    out->set_reference(StrCat("c.s.", write.reference.name));
    if (!write.digest.empty()) out->mutable_version()->set_digest(write.digest);
    out->set_create_kind(write.create);
  }
  return run;
}

NaiveEvent RandomEvent(std::mt19937_64& random, int number) {
  NaiveEvent event;
  event.run = 1 + static_cast<int>(random() % kRuns);
  if (random() % 4 != 0) {
    event.reads.push_back({.name = NameOf(static_cast<int>(random() % kNames)),
                           .alias = random() % 4 == 0 ? "x" : ""});
  }
  if (random() % 4 != 0) {
    test::NaiveWrite write{.reference = {.name = NameOf(static_cast<int>(random() % kNames))}};
    if (random() % 2 == 0) write.digest = StrCat("opaque:r", number % 7);
    if (random() % 3 == 0) write.create = v1::KIND_TABLE;
    event.writes.push_back(write);
  }
  return event;
}

Order RunOrder(std::mt19937_64& random, int number) {
  NaiveEvent event = RandomEvent(random, number);
  const auto apply = [](const NaiveEvent& done) {
    return [done](NaiveWorld& world) { return world.Apply(done); };
  };
  switch (random() % 3) {
    case 0: {
      event.start = true;
      event.state = v1::RUN_STATE_RUNNING;
      v1::StartRunRequest request;
      *request.mutable_run() = ToRun(event);
      return MakeOrder(kStartRun, number, request, StrCat("start ", event.run), apply(event));
    }
    case 1: {
      event.state = random() % 2 == 0 ? v1::RUN_STATE_FAILED : v1::RUN_STATE_COMPLETE;
      v1::FinishRunRequest request;
      request.set_id(RunIdOf(event.run));
      request.set_state(event.state);
      *request.mutable_additions() = ToRun(event);
      return MakeOrder(kFinishRun, number, request, StrCat("finish ", event.run), apply(event));
    }
    default: {
      event.state = v1::RUN_STATE_COMPLETE;
      v1::RecordRunRequest request;
      *request.mutable_run() = ToRun(event);
      return MakeOrder(kRecordRun, number, request, StrCat("record ", event.run), apply(event));
    }
  }
}

// Both, or neither.
Order TwoRunsOrder(std::mt19937_64& random, int number) {
  v1::RecordRunsRequest request;
  std::vector<NaiveEvent> events = {RandomEvent(random, number), RandomEvent(random, number + 1)};
  std::string text = "record together";
  for (NaiveEvent& event : events) {
    event.state = v1::RUN_STATE_COMPLETE;
    *request.add_runs() = ToRun(event);
    StrAppend(&text, " ", event.run);
  }
  return MakeOrder(kRecordRuns, number, request, text, [events](NaiveWorld& world) {
    NaiveWorld after = world;
    bool changed = false;
    for (const NaiveEvent& event : events) {
      if (std::string outcome = after.Apply(event); outcome != "OK") {
        world.changed = false;
        return outcome;
      }
      changed = changed || after.changed;
    }
    world = std::move(after);
    world.changed = changed;
    return std::string("OK");
  });
}

Order DeclareOrder(std::mt19937_64& random, int number) {
  const int source = static_cast<int>(random() % kNames);
  const int target = static_cast<int>((static_cast<uint64_t>(source) + 1 + random() % 3) % kNames);
  v1::RecordEdgesRequest request;
  request.add_edges()->set_source(FullNameOf(source));
  request.mutable_edges(0)->set_target(FullNameOf(target));
  return {.mutation = MakeMutation(kRecordEdges, StrCat("order-", number), request),
          .apply =
              [=](Model& model) {
                std::string outcome = model.world.Declare(
                    model.declarations + 1, {{.source = NameOf(source), .target = NameOf(target)}});
                if (outcome == "OK") ++model.declarations;
                model.changed = model.world.changed;
                return outcome;
              },
          .text = StrCat("declare ", NameOf(source), " ", NameOf(target))};
}

// Sets one tag and takes another one away.
Order TagOrder(std::mt19937_64& random, int number) {
  const int asset = static_cast<int>(random() % kNames);
  const std::string set = random() % 2 == 0 ? "a" : "b";
  const std::string removed = set == "a" ? "b" : "a";
  const std::string value = StrCat("v", random() % 2);
  v1::SetTagsRequest request;
  request.set_reference(FullNameOf(asset));
  v1::Tag* tag = request.add_set();
  tag->set_key(set);
  tag->set_value(value);
  request.add_remove(removed);
  return {.mutation = MakeMutation(kSetTags, StrCat("order-", number), request),
          .apply =
              [=](Model& model) {
                model.changed = false;
                const std::optional<int> found = model.world.Find(NameOf(asset));
                if (!found) return std::string("ASSET_NOT_FOUND");
                std::map<std::string, std::string>& tags = model.tags[*found];
                const std::map<std::string, std::string> after = {{set, value}};
                model.changed = tags != after;
                tags = after;
                return std::string("OK");
              },
          .text = StrCat("tag ", NameOf(asset), " ", set, "=", value)};
}

std::string PredictionText(int number, size_t bytes) {
  return StrCat("answer ", number, std::string(bytes, '.'));
}

// A batch, now and then one that needs many pages.
Order PredictionOrder(std::mt19937_64& random, int number) {
  v1::RecordPredictionsRequest request;
  std::map<std::string, std::string> texts;
  const int first = static_cast<int>(random() % kPredictions);
  const int count = 1 + static_cast<int>(random() % 4);
  for (int i = first; i < first + count; ++i) {
    const std::string id = StrCat("p", i);
    // The same id always has the same content.
    texts[id] = PredictionText(i, i % 10 == 0 ? 20'000 : 20);
    v1::Prediction* prediction = request.add_predictions();
    prediction->set_id(id);
    prediction->set_model("c.s.m@1");
    prediction->mutable_start_time()->set_seconds(1'000'000 + i);
    prediction->set_output_text(texts[id]);
  }
  return {.mutation = MakeMutation(kRecordPredictions, StrCat("order-", number), request),
          .apply =
              [texts](Model& model) {
                const size_t before = model.predictions.size();
                model.predictions.insert(texts.begin(), texts.end());
                model.changed = model.predictions.size() != before;
                return std::string("OK");
              },
          .text = StrCat("predict p", first, " and ", count - 1, " more")};
}

}  // namespace

std::string NameOf(int number) { return StrCat("t", number); }
std::string FullNameOf(int number) { return StrCat("c.s.t", number); }
std::string RunIdOf(int number) { return StrCat("00000000-0000-7000-8000-00000000000", number); }

Order RandomOrder(std::mt19937_64& random, int number) {
  switch (random() % 14) {
    case 0:
    case 1:
      return CatalogOrder(random, number);
    case 2:
    case 3:
      return VersionOrder(random, number);
    case 4:
      return PredictionOrder(random, number);
    case 5:
      return TwoRunsOrder(random, number);
    case 6:
      return DeclareOrder(random, number);
    case 7:
      return TagOrder(random, number);
    case 8:
    case 9:
    case 10:
      return AccessOrder(random, number);
    default:
      return RunOrder(random, number);
  }
}

std::vector<std::unique_ptr<Mutation>> FirstOrders() {
  std::vector<std::unique_ptr<Mutation>> orders;
  v1::CreateCatalogRequest catalog;
  catalog.mutable_catalog()->set_name("c");
  orders.push_back(MakeMutation(kCreateCatalog, "first-1", catalog));
  v1::CreateSchemaRequest schema;
  schema.mutable_schema()->set_name("c.s");
  orders.push_back(MakeMutation(kCreateSchema, "first-2", schema));
  v1::CreateAssetRequest model;
  model.mutable_asset()->set_name("c.s.m");
  model.mutable_asset()->set_kind(v1::KIND_MODEL);
  orders.push_back(MakeMutation(kCreateAsset, "first-3", model));
  v1::RegisterVersionRequest version;
  version.set_asset("c.s.m");
  version.mutable_version()->set_digest("opaque:m");
  orders.push_back(MakeMutation(kRegisterVersion, "first-4", version));
  AddFirstAccessOrders(&orders);
  return orders;
}

}  // namespace whence::fault
