// Whence in forty lines: some data, a run that makes a model of it, a prediction, and the question
// where the prediction came from. Can be run again and again, against any server:
//   WHENCE_SERVER=localhost:7070 ./quickstart
#include <whence/whence.h>

#include <iostream>

int main() {
  auto client = whence::Client::Connect();  // WHENCE_SERVER, context file, or localhost:7070
  if (!client.ok()) return whence::Exit(client.status());

  // A place for things, and data to begin with. What is there already is left as it is.
  const auto catalog = client->EnsureCatalog("quickstart");
  if (!catalog.ok()) return whence::Exit(catalog.status());
  const auto schema = client->EnsureSchema("quickstart.churn");
  if (!schema.ok()) return whence::Exit(schema.status());
  const auto table = client->EnsureAsset("quickstart.churn.customers", whence::Kind::kTable);
  if (!table.ok()) return whence::Exit(table.status());
  const auto customers = client->RegisterVersion(
      table->name, whence::TableVersion{.digest = "opaque:2026-03-01",
                                        .location = "s3://lake/customers/2026-03-01",
                                        .columns = {{.name = "id", .type = "bigint"},
                                                    {.name = "visits", .type = "int"}}});
  if (!customers.ok()) return whence::Exit(customers.status());

  // One step of a pipeline. Errors on the way are kept by the run: Complete gives the first.
  auto run = client->StartRun("quickstart.churn.train");  // git commit, host and user are noticed
  if (!run.ok()) return whence::Exit(run.status());
  run->Parameter("learning_rate", 0.1);
  run->Reads("quickstart.churn.customers");  // the version current now, pinned
  const auto model =
      run->Writes("quickstart.churn.model", whence::ModelVersion{.digest = "opaque:weights-1",
                                                                 .framework = "onnx",
                                                                 .metrics = {{"auc", 0.91}}});
  if (auto done = run->Complete(); !done.ok()) return whence::Exit(done);

  // One answer of that model. Code that serves answers would use a whence::PredictionRecorder.
  const auto prediction = client->RecordPrediction(
      {.model = *model, .input = "customer 4711", .output = "0.83 likely to leave"});
  if (!prediction.ok()) return whence::Exit(prediction.status());

  std::cout << "recorded. Now ask where it came from:\n  whence why prediction:" << prediction->id
            << "\n";
}
